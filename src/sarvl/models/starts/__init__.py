"""Weights of classifiers that other packages bring, one module each."""
