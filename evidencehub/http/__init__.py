"""HTTP done right, for every answer: refusals, tags, codings, kept answers, ranges, downloads."""
