"""Inference: what a model says of image files that are in no corpus, with their place on the map."""

from typing import TYPE_CHECKING

from sarvl.lazy_names import lazy_getattr

if TYPE_CHECKING:
    from sarvl.inference.asking import ask
    from sarvl.inference.classification import classify
    from sarvl.inference.embedding import embed
    from sarvl.inference.narration import narrate

__all__ = ["ask", "classify", "embed", "narrate"]
__getattr__ = lazy_getattr(
    __name__,
    {
        "ask": "sarvl.inference.asking",
        "classify": "sarvl.inference.classification",
        "embed": "sarvl.inference.embedding",
        "narrate": "sarvl.inference.narration",
    },
)
