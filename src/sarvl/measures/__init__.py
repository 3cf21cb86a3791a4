"""Measures: metrics and intervals, pure functions on arrays."""
