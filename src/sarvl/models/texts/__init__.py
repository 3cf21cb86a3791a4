"""Models of texts alone, for measures that are not about images."""
