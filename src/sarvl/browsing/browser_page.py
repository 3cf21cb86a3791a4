"""show: writes one self-contained page to leaf through a corpus.

All that comes from the corpus is data of the page, as JSON in which no tag can begin; the script sets it as text.
The page's policy allows no network, and no script but this one, by its hash.
"""

import base64
import json
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import numpy as np

from sarvl import __version__
from sarvl.blocks import class_colours
from sarvl.browsing.thumbnails import thumbnails_of
from sarvl.corpus import Corpus
from sarvl.corpus.tables import read_table
from sarvl.errors import CorpusError
from sarvl.files import FilePath, real_path, write_text
from sarvl.parallel import ordered_map
from sarvl.seeds import seeded_bytes

MOST_IMAGES = 200
_MOST_REJECTS = 2000
_MOST_TEXTS = 60
_MOST_OBJECTS = 400
_FEW_IMAGES = 32  # are read before other processes have started


class Shown(NamedTuple):
    """The page, how many of the images and rejects stand in it, and how many there are."""

    page: Path
    images: int
    images_in_all: int
    rejects: int
    rejects_in_all: int


def show(
    corpus: FilePath,
    out: FilePath,
    *,
    splits: Sequence[str] = (),
    sources: Sequence[str] = (),
    limit: int = MOST_IMAGES,
    workers: int | None = None,
) -> Shown:
    """Write the page ``out`` to leaf through a corpus: images with boxes and texts, and what was refused, with reasons.

    splits, sources: only these. limit: the most images; more are drawn from the corpus's seed, in turn from every
    source and split, and the page says how many were left out. Raises CorpusError where nothing is to be shown.
    """
    opened, out = Corpus.open(corpus), Path(out)
    rows = _rows(opened, splits, sources)
    chosen = _drawn(opened, rows, limit)
    refused = read_table(opened.folder, "rejects").to_pylist()
    rejects = [row for row in refused if not sources or row["source"] in sources]
    images = _images(opened, chosen, workers)
    shown = Shown(out, len(images), len(rows), min(len(rejects), _MOST_REJECTS), len(rejects))
    colours = class_colours(name for image in images for name, _ in image["objects"])
    data = {"images": images, "colours": colours, "rejects": [_reject(row) for row in rejects[:_MOST_REJECTS]]}
    write_text(out, _page(opened, shown, data))
    return shown


def _rows(corpus: Corpus, splits: Sequence[str], sources: Sequence[str]) -> list[int]:
    rows = zip(corpus.column("split"), corpus.column("source"), strict=True)
    wanted = [
        row
        for row, (split, source) in enumerate(rows)
        if (not splits or split in splits) and (not sources or source in sources)
    ]
    if not wanted:
        there = sorted(set(zip(corpus.column("source"), corpus.column("split"), strict=True)))
        raise CorpusError(f"{corpus.folder}: no image of these splits and sources; there are (source, split): {there}")
    return wanted


def _drawn(corpus: Corpus, rows: list[int], limit: int) -> list[int]:
    """Return at most ``limit`` of the rows, in their order: in turn of each source and split, drawn from the seed."""
    ids, splits, sources = (corpus.column(name) for name in ("image_id", "split", "source"))
    parts: dict[tuple[str, str], list[int]] = {}
    for row in sorted(rows, key=lambda row: seeded_bytes(corpus.seed, ids[row], "show")):
        parts.setdefault((sources[row], splits[row]), []).append(row)
    in_turn = sorted((place, key, row) for key, part in parts.items() for place, row in enumerate(part))
    return sorted(row for _, _, row in in_turn[:limit])


def _images(corpus: Corpus, rows: list[int], workers: int | None) -> list[dict[str, Any]]:
    records = [(corpus.paths[row], corpus.readings[row]) for row in rows]
    workers = workers if len(rows) > _FEW_IMAGES else 1
    pictures = ordered_map(thumbnails_of, records, workers, "show", "images", items_a_chunk=4)
    return [_image(corpus, row, *picture) for row, picture in zip(rows, pictures, strict=True)]


def _image(corpus: Corpus, row: int, picture: str, problem: str) -> dict[str, Any]:
    image, statements = corpus.image(row), corpus.statements(row)
    annotation = image.annotation
    texts = [[said.kind, said.family, said.text, said.answer or ""] for said in statements[:_MOST_TEXTS]]
    objects = [[item.class_name, _outline(item)] for item in annotation.objects[:_MOST_OBJECTS]]
    return {
        "id": corpus.images["image_id"][row].as_py(),
        "source": image.source,
        "split": image.split,
        "width": annotation.width,
        "height": annotation.height,
        "label": annotation.label or "",
        "classes": sorted({item.class_name for item in annotation.objects} | ({annotation.label} - {None})),
        "cover": [[share.class_name, round(100 * share.share, 1)] for share in annotation.land_cover],
        "objects": objects,
        "moreObjects": len(annotation.objects) - len(objects),
        "texts": texts,
        "moreTexts": len(statements) - len(texts),
        "notes": list(annotation.notes),
        "picture": picture,
        "problem": problem,
    }


def _outline(item: Any) -> list[float]:
    """Return the corners of an object: x and y of each of four."""
    xmin, ymin, xmax, ymax = item.box
    corners = item.corners or (xmin, ymin, xmax, ymin, xmax, ymax, xmin, ymax)
    return [round(float(value), 1) for value in np.asarray(corners).ravel()]


def _reject(row: dict[str, Any]) -> list[str]:
    return [str(row[name] or "") for name in ("source", "file", "unit", "reason", "advice")]


def _page(corpus: Corpus, shown: Shown, data: dict[str, Any]) -> str:
    templates = files("sarvl.browsing")
    script = templates.joinpath("browser.js").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(templates.joinpath("browser.html.j2").read_text(encoding="utf-8"))
    return template.render(
        name=real_path(corpus.folder).name,
        version=__version__,
        digest=corpus.digest,
        shown=shown,
        script=script,
        script_hash=base64.b64encode(sha256(script.encode()).digest()).decode(),
        data=_json_in_html(data),
    )


def _json_in_html(data: Any) -> str:
    """Return JSON in which no tag, comment or entity can begin, and which is one line to any reader."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
