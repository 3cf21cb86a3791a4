"""Loaders of models, one module a prefix: each exports ``LOADER``."""
