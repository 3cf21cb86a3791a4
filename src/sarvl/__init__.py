"""sarvl: the open toolkit for SAR vision-language models."""

__version__ = "0.1.0"
