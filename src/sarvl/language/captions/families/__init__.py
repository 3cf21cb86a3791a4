"""The caption families: one file each."""
