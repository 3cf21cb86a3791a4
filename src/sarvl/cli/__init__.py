"""The command line: each command parses, calls one function of the same name, prints."""

from sarvl.cli.application import app, main

__all__ = ["app", "main"]
