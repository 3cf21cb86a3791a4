"""The names under which JSON entries hold an image file and its captions."""

import re
from collections.abc import Iterator
from typing import Any

from sarvl.annotations.parsing.plain_text import plain_text
from sarvl.annotations.parsing.text_list import texts_in

FILE_KEYS = ("filename", "file_name", "image", "image_path", "img_path", "imgpath", "filepath", "file", "path", "img")
_CAPTION_KEY = re.compile(r"(captions?|texts?|sentences?|raw)(_?\d+)?")


def file_of(entry: Any) -> str | None:
    """Return the file that an entry names, None where it names none.

    Karpathy's entries of COCO have its folder as ``filepath``; Hugging Face has ``{"path": ...}``.
    """
    if not isinstance(entry, dict):
        return None
    named = [value.get("path") if isinstance(value, dict) else value for value in map(entry.get, FILE_KEYS)]
    name = next((value for value in named if plain_text(value)), None)
    folder = plain_text(entry.get("filepath")) if "filename" in entry else None
    return f"{folder}/{name}" if folder and name else name


def has_caption(entry: Any) -> bool:
    """Tell whether an entry has a key for captions."""
    return isinstance(entry, dict) and any(map(_CAPTION_KEY.fullmatch, entry))


def caption_values(entry: dict[str, Any]) -> list[Any]:
    """Return all captions of an entry, in its order, whatever stands for them: texts, or what is none.

    A value may be a text, a list of texts or of objects that hold them, or such a list as text.
    """
    return [text for key, value in entry.items() if _CAPTION_KEY.fullmatch(key) for text in _values(value)]


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from caption_values(item) if isinstance(item, dict) else [item]
    elif isinstance(value, str):
        yield from texts_in(value)
    else:
        yield value
