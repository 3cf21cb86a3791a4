"""Building: from sources to the tables of a corpus."""
