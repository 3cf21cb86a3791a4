"""Caption JSON: the Karpathy form (``images[].sentences[].raw``) and a flat list of entries with ``captions``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.format import Format
from sarvl.annotations.record import Record
from sarvl.annotations.source import Source
from sarvl.errors import AnnotationError
from sarvl.files import read_json

_FILE_KEYS = ("filename", "file_name", "image")


def read_captions(source: Source) -> Iterator[Record | Reject]:
    """Yield one Record an entry, its captions stripped of outer white space; ``theme`` becomes the image's label.

    A caption that is empty or no text is a Reject; exact repeats of an image's captions are left out and noted.
    Raises AnnotationError where the file has neither form.
    Source: Karpathy and Fei-Fei 2015 (dataset_*.json, as RSICD, UCM and Sydney are published).
    """
    assert source.annotations is not None  # the recipe demands it of this format
    path = source.annotations
    for number, entry in enumerate(_entries(read_json(path, AnnotationError), path)):
        where = f"{path.name}: entry {number}"
        name = _file_of(entry)
        if name is None:
            yield Reject(source.name, "image", where, "no file name", f"give one of the keys {', '.join(_FILE_KEYS)}")
            continue
        texts = _texts(entry)
        captions = [text.strip() for text in texts if isinstance(text, str) and text.strip()]
        for _ in range(len(texts) - len(captions)):
            yield Reject(source.name, "caption", name, "caption is empty or not text", "write it, or leave it out")
        if captions:
            yield _record_of(name, captions, entry.get("theme"))
        else:
            yield Reject(source.name, "image", name, "no caption", "write captions, or remove the entry")


def _entries(data: Any, path: Path) -> list[Any]:
    entries = data.get("images") if isinstance(data, dict) else data
    if not isinstance(entries, list):
        raise AnnotationError(f"{path}: neither a list nor an object with `images`; set another format")
    return entries


def _file_of(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return None
    return next((entry[key] for key in _FILE_KEYS if isinstance(entry.get(key), str) and entry[key]), None)


def _texts(entry: dict[str, Any]) -> list[Any]:
    sentences = entry.get("sentences")
    if isinstance(sentences, list):
        return [sentence.get("raw") if isinstance(sentence, dict) else sentence for sentence in sentences]
    captions = entry.get("captions")
    return captions if isinstance(captions, list) else [captions]


def _record_of(name: str, captions: list[str], theme: object) -> Record:
    distinct = tuple(dict.fromkeys(captions))
    repeats = len(captions) - len(distinct)
    notes = (f"{repeats} captions left out that repeat others",) if repeats else ()
    return Record((name,), label=theme if isinstance(theme, str) else None, captions=distinct, notes=notes)


FORMAT = Format(read_captions)
