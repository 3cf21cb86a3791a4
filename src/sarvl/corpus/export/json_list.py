"""Long JSON lists, written as they come."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def write_json_list(path: Path, items: Iterable[Any]) -> None:
    """Write a JSON list, one item a line, without holding it in memory."""
    with path.open("w", encoding="utf-8") as stream:
        opening = "[\n"
        for item in items:
            stream.write(opening + json.dumps(item, ensure_ascii=False, allow_nan=False))
            opening = ",\n"
        stream.write("\n]\n" if opening != "[\n" else "[]\n")
