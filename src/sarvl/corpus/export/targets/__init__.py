"""The forms of export: one module a form, each with one ``EXPORT``."""
