"""Exports: a corpus in the forms that other libraries read; one module a form, each with one ``TARGET``."""

from sarvl.corpus.export.exporter import TARGETS, export

__all__ = ["TARGETS", "export"]
