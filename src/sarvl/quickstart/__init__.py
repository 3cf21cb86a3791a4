"""The quickstart: every room of the package once, on simulated scenes, in minutes."""

from sarvl.quickstart.pipeline import Score, quickstart

__all__ = ["Score", "quickstart"]
