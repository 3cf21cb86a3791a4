"""The kinds of models; each module exports ``KIND``."""
