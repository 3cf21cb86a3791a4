"""Measuring a model: retrieval and zero-shot on plain arrays, intervals, result rows, and the report."""
