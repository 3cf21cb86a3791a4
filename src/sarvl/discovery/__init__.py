"""Discovery: what a folder of images and annotations holds, told and written as a recipe to begin with."""

from typing import TYPE_CHECKING

from sarvl.lazy_names import lazy_getattr

if TYPE_CHECKING:
    from sarvl.discovery.beginning import Beginning, init

__all__ = ["Beginning", "init"]
__getattr__ = lazy_getattr(__name__, dict.fromkeys(__all__, "sarvl.discovery.beginning"))
