"""Parsing: what several formats share."""
