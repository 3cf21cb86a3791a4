"""Kinds of claims: one file a kind, with its words, its check and its JSON."""
