"""Captions that people or models wrote, as the Record of their image."""

from collections.abc import Mapping, Sequence
from typing import Any

from sarvl.annotations.annotated_image import ModelCaption
from sarvl.annotations.record import Record
from sarvl.annotations.split_name import SPLIT_NAME

_MODEL = "model:"


def producer_of(value: Any) -> str | None:
    """Return the model that a value of the key or column ``producer`` names, ``model:<id>``; None for anybody else."""
    return value.strip() if isinstance(value, str) and value.strip().startswith(_MODEL) else None


def caption_record(
    name: str,
    captions: Sequence[str],
    label: str | None = None,
    split: object = None,
    producers: Mapping[str, str] | None = None,
) -> Record:
    """Return the Record of an image file; exact repeats of its captions are left out and noted.

    split: the split that the source puts the image into, or whatever else stands there; no name of a split is noted.
    producers: of the captions that a model wrote, which.
    """
    distinct = tuple(dict.fromkeys(captions))
    repeats = len(captions) - len(distinct)
    notes = [f"{repeats} captions left out that repeat others"] if repeats else []
    is_split = isinstance(split, str) and SPLIT_NAME.fullmatch(split) is not None
    if split and not is_split:
        notes.append(f"split {str(split)[:40]!r} left out: it is no name of a split")
    official_split = str(split) if is_split else None
    models = producers or {}
    return Record(
        (name,),
        label=label,
        captions=tuple(text for text in distinct if text not in models),
        model_captions=tuple(ModelCaption(text, models[text]) for text in distinct if text in models),
        official_split=official_split,
        notes=tuple(notes),
    )
