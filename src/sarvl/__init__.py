"""sarvl: the open toolkit for SAR vision-language models.

What most users need stands here, and is imported when it is first asked for: ``build``, ``train``, ``evaluate``,
``score``, ``audit``, ``report``, ``embed``, ``classify``, ``narrate``, ``ask``, ``calibrate``, ``convert``, ``pack``
and ``compose``, as the commands of these names; ``describe`` and ``verify`` for the language; ``read_image``,
``load_model`` and ``Corpus`` to work with what there is.
"""

from typing import TYPE_CHECKING

from sarvl.lazy_names import lazy_getattr

if TYPE_CHECKING:
    from sarvl.corpus import Corpus, build
    from sarvl.evaluation.evaluator import evaluate
    from sarvl.evaluation.leak_audit import audit
    from sarvl.evaluation.scorer import score
    from sarvl.evaluation.vqa.calibrating import calibrate
    from sarvl.imagery import read_image
    from sarvl.inference import ask, classify, embed, narrate
    from sarvl.language import describe, verify
    from sarvl.models import convert, load_model
    from sarvl.reporting.composition import report
    from sarvl.reporting.packing import pack
    from sarvl.simulation.composing import compose
    from sarvl.training import train

__version__ = "0.1.0"
__all__ = [
    "Corpus",
    "ask",
    "audit",
    "build",
    "calibrate",
    "classify",
    "compose",
    "convert",
    "describe",
    "embed",
    "evaluate",
    "load_model",
    "narrate",
    "pack",
    "read_image",
    "report",
    "score",
    "train",
    "verify",
]
__getattr__ = lazy_getattr(
    __name__,
    {
        "Corpus": "sarvl.corpus",
        "ask": "sarvl.inference",
        "audit": "sarvl.evaluation.leak_audit",
        "build": "sarvl.corpus",
        "calibrate": "sarvl.evaluation.vqa.calibrating",
        "classify": "sarvl.inference",
        "compose": "sarvl.simulation.composing",
        "convert": "sarvl.models",
        "describe": "sarvl.language",
        "embed": "sarvl.inference",
        "evaluate": "sarvl.evaluation.evaluator",
        "load_model": "sarvl.models",
        "narrate": "sarvl.inference",
        "pack": "sarvl.reporting.packing",
        "read_image": "sarvl.imagery",
        "report": "sarvl.reporting.composition",
        "score": "sarvl.evaluation.scorer",
        "train": "sarvl.training",
        "verify": "sarvl.language",
    },
)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
