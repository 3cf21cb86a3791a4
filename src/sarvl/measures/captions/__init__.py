"""Scores of captions against references: tokens, BLEU, ROUGE-L, CIDEr, METEOR and those of outside programs."""
