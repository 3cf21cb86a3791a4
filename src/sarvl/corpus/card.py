"""The data card: README.md of a corpus, with its counts, what was refused, and pictures of samples."""

import textwrap
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from sarvl.corpus.store import Corpus
from sarvl.files import atomic_path, write_text
from sarvl.imagery import SarImage, render_display

_SAMPLES = 8


def write_card(corpus: Corpus, rejects: list[dict[str, Any]]) -> None:
    """Write ``README.md`` and ``samples.png`` into the corpus folder; ``rejects`` are rows of its rejects table."""
    rows = sample_rows(corpus, _SAMPLES)
    _draw_samples(corpus, rows, corpus.folder / "samples.png")
    template = jinja2.Environment(autoescape=False, trim_blocks=True, lstrip_blocks=True).from_string(  # noqa: S701 - Markdown
        files("sarvl.corpus").joinpath("card.md.j2").read_text(encoding="utf-8")
    )
    write_text(corpus.folder / "README.md", template.render(**_figures(corpus, rejects)))


def sample_rows(corpus: Corpus, count: int) -> list[int]:
    """Return ``count`` images taken in turn from every (source, label), evenly spread over each."""
    members: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(zip(corpus.column("source"), corpus.column("label"), strict=True)):
        members.setdefault((key[0], key[1] or ""), []).append(row)
    sources = sorted({source for source, _ in members})
    chosen: list[int] = []
    for turn in range(count):
        source = sources[turn % len(sources)]
        labels = sorted(label for name, label in members if name == source)
        visit = turn // len(sources)
        rows = members[source, labels[visit % len(labels)]]
        chosen.append(rows[(visit * 7919) % len(rows)])
    return list(dict.fromkeys(chosen))


def display_pixels(image: SarImage) -> NDArray[np.uint8]:
    """Return an image as (H, W, 3) bytes for showing; physical quantities go through ``render_display``."""
    shown = render_display(image).pixels  # (bands, H, W)
    three = shown if shown.shape[0] == 3 else np.repeat(shown[:1], 3, axis=0)
    return np.ascontiguousarray(three.transpose(1, 2, 0), dtype=np.uint8)


def _draw_samples(corpus: Corpus, rows: list[int], path: Path) -> None:
    columns = 4
    lines = -(-len(rows) // columns)
    figure = Figure(figsize=(16, 5.6 * lines))
    figure.subplots_adjust(left=0.01, right=0.99, top=0.97, bottom=0.2 / lines, wspace=0.05, hspace=0.35)
    axes = figure.subplots(lines, columns, squeeze=False).ravel()
    for axis in axes:
        axis.axis("off")
    for axis, row in zip(axes, rows, strict=False):
        _draw_sample(axis, corpus, row)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=80)


def _draw_sample(axis: Axes, corpus: Corpus, row: int) -> None:
    axis.imshow(display_pixels(corpus.read(row)), aspect="equal")
    for _, (xmin, ymin, xmax, ymax) in corpus.objects(row):
        axis.add_patch(
            Rectangle((xmin, ymin), xmax - xmin, ymax - ymin, fill=False, edgecolor="#ffb000", linewidth=1.2)
        )
    captions = [corpus.sentences[text] for text in corpus.texts_of_image[row][:2]]
    axis.set_title(corpus.column("source")[row], fontsize=12, loc="left")
    wrapped = [textwrap.fill(caption, 52) for caption in captions]
    axis.text(0, -0.03, "\n".join(wrapped), transform=axis.transAxes, va="top", fontsize=10)


def _figures(corpus: Corpus, rejects: list[dict[str, Any]]) -> dict[str, Any]:
    sentences = corpus.sentences
    words = [len(sentence.split()) for sentence in sentences]
    objects = Counter(item["class_name"] for found in corpus.column("objects") for item in found)
    labels = Counter(label for label in corpus.column("label") if label)
    reasons = Counter((row["source"], row["unit"], _kind_of(row["reason"])) for row in rejects)
    mended = Counter(
        (source, _kind_of(note))
        for source, notes in zip(corpus.column("source"), corpus.column("notes"), strict=True)
        for note in notes
    )
    return {
        "info": corpus.info,
        "families": Counter(corpus.texts.column("family").to_pylist()).most_common(),
        "distinct": len(set(sentences)),
        "mean_words": float(np.mean(words)),
        "most_words": max(words),
        "objects": objects.most_common(),
        "labels": labels.most_common(),
        "reasons": sorted(reasons.items()),
        "mended": sorted(mended.items()),
    }


def _kind_of(reason: str) -> str:
    """Return a reason without its particulars, so that equal ones are counted together."""
    words = [word for word in reason.split() if not any(character.isdigit() or character == "/" for character in word)]
    return " ".join(words)[:80]
