"""Reporting: result rows and pictures become pages."""
