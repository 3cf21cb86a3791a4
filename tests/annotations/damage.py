"""Damaging small valid files in every way that files are damaged, and what must hold of whatever is read from them."""

import json
import re
from math import isfinite
from random import Random

from sarvl.annotations import Source, read_source
from sarvl.errors import AnnotationError

HOSTILE = (
    *(b"NaN", b"-Infinity", b"1e999", b"1e308", b"9" * 400, b"-1", b"0", b"\xff\xfe", b"\x00", b"", b" "),
    *(b"null", b"true", b"[]", b"{}", b'"x"', b'"\\ud800"', b"[[[", b"<a>", b"&x;"),
)
VALUES = (None, True, float("nan"), float("inf"), 10**400, -1, 0, 1e308, 2**31, "", "\ud800", "x", [], {}, [[]], [None])


def damaged(data: bytes, random: Random) -> bytes:
    """Return a file cut, with bits flipped, bytes left out, or one to three of its words replaced."""
    way = random.randrange(4)
    if way == 0:
        return data[: random.randrange(len(data))]
    if way == 1:
        held = bytearray(data)
        for _ in range(random.randrange(1, 6)):
            held[random.randrange(len(held))] ^= 1 << random.randrange(8)
        return bytes(held)
    if way == 2:
        start = random.randrange(len(data))
        return data[:start] + data[start + random.randrange(1, 20) :]
    for _ in range(random.randrange(1, 4)):
        word = random.choice(list(re.finditer(rb"[\w.+-]+", data)))
        data = data[: word.start()] + random.choice(HOSTILE) + data[word.end() :]
    return data


def damaged_value(value: object, random: Random) -> object:
    """Return a JSON value with one of its parts, at any depth, replaced by a hostile one."""
    if not value or not isinstance(value, dict | list) or random.random() < 0.1:
        return random.choice(VALUES)
    key = random.choice(list(value)) if isinstance(value, dict) else random.randrange(len(value))
    changed = value.copy()
    changed[key] = damaged_value(value[key], random)
    return changed


def check_what_is_read(source: Source) -> None:
    """Read a source; whatever is kept must be sound, and all else a Reject or an AnnotationError of one line."""
    try:
        found = read_source(source)
    except AnnotationError as problem:
        assert "\n" not in str(problem)
        return
    for image in found.images:
        for item in image.objects:
            assert item.class_name
            assert 0 <= item.box.xmin < item.box.xmax <= image.width
            assert 0 <= item.box.ymin < item.box.ymax <= image.height
            assert item.corners is None or (len(item.corners) == 8 and all(map(isfinite, item.corners)))
            assert item.area_px is None or 0 <= item.area_px <= image.width * image.height
        assert image.spacing_m is None or all(0 < spacing < 1e6 for spacing in image.spacing_m)
    kept = [(image.file, image.objects, image.notes) for image in found.images]
    json.dumps([kept, found.rejects], ensure_ascii=False, allow_nan=False).encode()  # as the tables will hold them
