"""Inspecting: the figures of a corpus, and its data card."""
