"""Exports: a corpus in the forms that other libraries read."""

from typing import TYPE_CHECKING

from sarvl.lazy_names import lazy_getattr

if TYPE_CHECKING:
    from sarvl.corpus.export.exporter import export

__all__ = ["export"]
__getattr__ = lazy_getattr(__name__, {"export": "sarvl.corpus.export.exporter"})
