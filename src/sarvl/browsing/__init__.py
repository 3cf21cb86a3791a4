"""Browsing: one page to leaf through the images of a corpus, with boxes, texts and what was refused."""

from typing import TYPE_CHECKING

from sarvl.lazy_names import lazy_getattr

if TYPE_CHECKING:
    from sarvl.browsing.browser_page import Shown, show

__all__ = ["Shown", "show"]
__getattr__ = lazy_getattr(__name__, dict.fromkeys(__all__, "sarvl.browsing.browser_page"))
