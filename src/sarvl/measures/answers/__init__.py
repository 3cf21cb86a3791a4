"""Answers to questions: read by their type, and scored strictly, or by the rules that others published."""
