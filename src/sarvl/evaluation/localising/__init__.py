"""Semantic localisation: what is to be found where, and the map of a text over an image."""
