"""What the code as a whole must be: its imports, its size, its names, its ways in."""
