"""Packaged models: those that come with an installation, and how one is made small enough."""
