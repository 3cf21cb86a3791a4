"""Caption JSON: the Karpathy form (``images[].sentences[].raw``), a flat list, and that of NWPU-Captions."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.caption_record import caption_record
from sarvl.annotations.parsing.plain_text import plain_text
from sarvl.annotations.record import Record
from sarvl.errors import AnnotationError
from sarvl.files import read_json
from sarvl.recipes import NoOptions

_FILE_KEYS = ("filename", "file_name", "image")
_NUMBERED = re.compile(r"raw(_\d+)?")


def read_captions(source: FormatInput[NoOptions]) -> Iterator[Record | Reject]:
    """Yield one Record an entry, its captions stripped of outer white space.

    ``theme`` becomes the image's label, ``split`` its official split. A caption that is empty or no text is a Reject;
    exact repeats of an image's captions are left out and noted.
    Raises AnnotationError where the file has none of the forms, or holds no entry.
    Source: Karpathy and Fei-Fei 2015 (dataset_*.json, as RSICD, UCM and Sydney are published); Cheng et al. 2022
    (NWPU-Captions: class -> entries with ``raw``, ``raw_1``, ... ``raw_4``).
    """
    path = source.annotations
    for number, entry in enumerate(_entries(read_json(path, AnnotationError), path)):
        where = f"{path.name}: entry {number}"
        name = _file_of(entry)
        if name is None:
            yield Reject(source.name, "image", where, "no file name", f"give one of the keys {', '.join(_FILE_KEYS)}")
            continue
        texts = _texts(entry)
        captions = [text for text in map(plain_text, texts) if text]
        for _ in range(len(texts) - len(captions)):
            yield Reject(source.name, "caption", name, "caption is empty or not text", "write it, or leave it out")
        if captions:
            yield caption_record(name, captions, plain_text(entry.get("theme")), entry.get("split"))
        else:
            yield Reject(source.name, "image", name, "no caption", "write captions, or remove the entry")


def _entries(data: Any, path: Path) -> list[Any]:
    entries = data.get("images", _by_class(data)) if isinstance(data, dict) else data
    if not isinstance(entries, list):
        raise AnnotationError(
            f"{path}: neither a list, nor an object with `images`, nor one of lists by class; set another format"
        )
    if not entries:
        raise AnnotationError(f"{path}: holds no entry; check that the file is complete")
    return entries


def _by_class(data: dict[str, Any]) -> list[Any] | None:
    """Return the entries of an object of lists by class, each with its class as ``theme``; None for any other."""
    if not data or not all(isinstance(entries, list) for entries in data.values()):
        return None
    pairs = [(theme, entry) for theme, entries in data.items() for entry in entries]
    return [{"theme": theme} | entry if isinstance(entry, dict) else entry for theme, entry in pairs]


def _file_of(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return None
    return next((entry[key] for key in _FILE_KEYS if plain_text(entry.get(key))), None)


def _texts(entry: dict[str, Any]) -> list[Any]:
    sentences = entry.get("sentences")
    if isinstance(sentences, list):
        return [sentence.get("raw") if isinstance(sentence, dict) else sentence for sentence in sentences]
    numbered = [entry[key] for key in entry if _NUMBERED.fullmatch(key)]
    captions = entry.get("captions", numbered or None)
    return captions if isinstance(captions, list) else [captions]


FORMAT = Format(
    read_captions,
    NoOptions,
    reads="JSON: RSICD, UCM, Sydney, RSITMD, NWPU-Captions",
    annotations="the JSON file",
    gives="captions, scene class, split",
    lists_images=False,
    has_objects=False,
)
