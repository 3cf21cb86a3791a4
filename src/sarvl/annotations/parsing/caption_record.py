"""Captions that people wrote, as the Record of their image."""

from collections.abc import Sequence

from sarvl.annotations.record import Record
from sarvl.annotations.split_name import SPLIT_NAME


def caption_record(name: str, captions: Sequence[str], label: str | None = None, split: object = None) -> Record:
    """Return the Record of an image file; exact repeats of its captions are left out and noted.

    split: the split that the source puts the image into, or whatever else stands there; no name of a split is noted.
    """
    distinct = tuple(dict.fromkeys(captions))
    repeats = len(captions) - len(distinct)
    notes = [f"{repeats} captions left out that repeat others"] if repeats else []
    is_split = isinstance(split, str) and SPLIT_NAME.fullmatch(split) is not None
    if split and not is_split:
        notes.append(f"split {str(split)[:40]!r} left out: it is no name of a split")
    official_split = str(split) if is_split else None
    return Record((name,), label=label, captions=distinct, official_split=official_split, notes=tuple(notes))
