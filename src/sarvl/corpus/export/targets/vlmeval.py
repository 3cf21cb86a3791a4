"""vlmeval: the tables that VLMEvalKit reads, one a split and kind of question: choices, open questions, captions.

A table has ``index``, ``image`` (base64, of the first row of each image; the others name that row), ``image_path``,
``question``, ``answer`` (the letter of a choice), ``category``, and the choices under A, B, C, D.
Source: open-compass/VLMEvalKit, docs/en/Development.md and vlmeval/dataset.
"""

import base64
import csv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from sarvl.corpus.export.conversations import without_marks
from sarvl.corpus.export.form import Export
from sarvl.corpus.export.job import ExportJob
from sarvl.corpus.export.sample import Sample
from sarvl.language import Statement
from sarvl.language.prompts import CAPTION_PROMPT
from sarvl.language.questions import option_letter
from sarvl.language.questions.choices import MOST_OPTIONS

Row = dict[str, Any]
COLUMNS = ("index", "image", "image_path", "question", "answer", "category")
LETTERS = tuple(ascii_uppercase[:MOST_OPTIONS])
KINDS = {"choices": (*COLUMNS, *LETTERS), "open": COLUMNS, "captions": COLUMNS}
FOLDER = "images"


class _Table:
    """One table that is written row by row; the picture of an image stands in its first row."""

    def __init__(self, stream: Any, columns: Sequence[str]) -> None:
        self._writer = csv.DictWriter(stream, columns, delimiter="\t", lineterminator="\n")
        self._writer.writeheader()
        self._row_of: dict[str, int] = {}
        self.rows = 0

    def add(self, picture: Path, row: Row) -> None:
        name = f"{FOLDER}/{picture.name}"
        first = self._row_of.setdefault(name, self.rows)
        image = base64.b64encode(picture.read_bytes()).decode() if first == self.rows else str(first)
        self._writer.writerow({"index": self.rows, "image": image, "image_path": picture.name, **row})
        self.rows += 1


def _write(job: ExportJob) -> None:
    for split in job.splits:
        with ExitStack() as opened:
            tables = {kind: _table(opened, job, split, kind) for kind in KINDS}
            for name, sample in job.write_pictures(split, FOLDER):
                for kind, row in rows_of(sample):
                    tables[kind].add(job.folder / FOLDER / name, row)
        for kind, table in tables.items():
            job.count(split, f"rows of {kind}", table.rows)
            if not table.rows:
                _path(job, split, kind).unlink()


def _path(job: ExportJob, split: str, kind: str) -> Path:
    return job.folder / f"sarvl_{split}_{kind}.tsv"


def _table(opened: ExitStack, job: ExportJob, split: str, kind: str) -> _Table:
    stream = opened.enter_context(_path(job, split, kind).open("w", encoding="utf-8", newline=""))
    return _Table(stream, KINDS[kind])


def rows_of(sample: Sample) -> Iterator[tuple[str, Row]]:
    """Yield the kind and the row of each question of an image, and of all its captions together."""
    for said in sample.questions:
        category = said.application or ""
        if said.options:
            yield "choices", _choices(said) | {"category": category}
        elif category != "description":
            question, answer = without_marks(said.text), said.answer or ""
            yield "open", {"question": question, "answer": answer, "category": category}
    if sample.captions:
        captions = [said.text for said in sample.captions]
        yield "captions", {"question": CAPTION_PROMPT, "answer": repr(captions), "category": "description"}


def _choices(said: Statement) -> Row:
    """Return a question without its choices in the text: VLMEvalKit writes them behind it."""
    question = without_marks(said.text.split("\n")[0])
    return {"question": question, "answer": option_letter(said), **dict(zip(LETTERS, said.options, strict=False))}


def _usage(job: ExportJob) -> str:
    split = next(iter(job.splits))
    return f"""\
`sarvl_{split}_choices.tsv` has the questions with choices, `sarvl_{split}_open.tsv` all others,
`sarvl_{split}_captions.tsv` the captions of each image as one list. The pictures stand in the tables, and in `images/`
under the names of `image_path`. Let `LMUData` name this folder, and the table be the data set:

    LMUData=$PWD PRED_FORMAT=tsv python run.py --data sarvl_{split}_choices --model MODEL

`sarvl score vqa RESULT.tsv --format vlmeval --corpus CORPUS --split {split}` scores what it wrote of questions, and
`sarvl score captions RESULT.tsv --format vlmeval --corpus CORPUS --split {split}` what it wrote of captions.
"""


EXPORT = Export(
    _write,
    _usage,
    takes_questions=True,
    needs_caption=False,
    not_read="its tables hold pictures as text, and choices as columns",
)
