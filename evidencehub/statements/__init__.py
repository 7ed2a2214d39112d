"""What the sentences of findings say: numbers, units, groups, periods and directions in a text."""
