"""Predictions that others made: read from their files, one module a format, and scored as our own are."""
