"""What comes of rewriting one caption: a SAR caption, or the reason why there is none."""

from typing import NamedTuple


class RewrittenCaption(NamedTuple):
    """A SAR caption made of the caption of an optical twin; ``producer`` is ``rule:rewrite`` or ``model:<id>``."""

    text: str
    original: str
    producer: str


class Refusal(NamedTuple):
    """A caption of an optical twin that cannot be said of the SAR image, and why."""

    original: str
    reason: str
