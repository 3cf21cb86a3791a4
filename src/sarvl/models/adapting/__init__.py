"""Weights that a model starts from or learns beside its own."""
