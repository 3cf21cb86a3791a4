"""Evaluation: tasks that measure a model on a split of a corpus; one outcome an item, one row a figure."""
