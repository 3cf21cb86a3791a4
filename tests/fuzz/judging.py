"""Judging one damaged set: rows, rejects or errors of one line are right; all else is a violation."""

import json
import math
import os
import re
import shutil
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np
from damages import OUTSIDE, SECRET, SET, damages_of
from small_sets import SmallSet

sys.path.append(str(Path(__file__).resolve().parents[1] / "annotations"))
from damage import check_what_is_read
from outcomes import outcome

from sarvl.annotations import Source, read_source
from sarvl.annotations.image_files import is_image_name
from sarvl.errors import SarvlError
from sarvl.imagery import perceptual_hash, read_image, read_position, read_size

UNPRINTABLE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]")
MOST_CHARACTERS = 31_000  # 5,000, all of them escaped


class Case(NamedTuple):
    """One set damaged in one way: all that is needed to repeat it, but for the seed."""

    number: int
    row: str
    target: str
    kind: str

    def __str__(self) -> str:
        """Say which case it is."""
        return f"case {self.number}: {self.row}, {self.target}, {self.kind}"


class Verdict(NamedTuple):
    """What came of a case: ``kept``, ``reject`` or ``error``; violation: what was wrong with that, or None."""

    case: Case
    outcome: str
    violation: str | None = None


def case_of(number: int, seed: int, sets: list[SmallSet]) -> tuple[Case, SmallSet, Random]:
    """Return the case of a number: sets take turns, then the kinds of damage, and the rest is drawn."""
    random = Random(f"{seed}/{number}")
    chosen = sets[number % len(sets)]
    target = random.choice(chosen.targets if random.random() < 0.9 else list(chosen.files))
    kinds = list(damages_of(target))
    return Case(number, chosen.row, target, kinds[number // len(sets) % len(kinds)]), chosen, random


def judge(number: int, seed: int, sets: list[SmallSet], area: Path, build_too: bool) -> Verdict:
    """Write the set of a case below ``area``, damage it, read it in every way, and remove it."""
    case, chosen, random = case_of(number, seed, sets)
    folder = area / str(number)
    _write(folder, chosen)
    damages_of(case.target)[case.kind](folder / SET / case.target, random)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # numpy's: whoever overlooks an overflow goes on with it
            return Verdict(case, _read_in_every_way(folder, chosen, build_too))
    except Exception as problem:
        where = traceback.extract_tb(problem.__traceback__)[-1]
        text = " ".join(f"{type(problem).__name__}: {problem}".split())[:300]
        return Verdict(case, "violation", f"{text} ({Path(where.filename).name}:{where.lineno} {where.name})")
    finally:
        os.chdir(area)
        tempfile.tempdir = None
        shutil.rmtree(folder)


def _write(folder: Path, chosen: SmallSet) -> None:
    for name, data in chosen.files.items():
        path = folder / SET / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for name in (OUTSIDE, "here", "temporary"):
        (folder / name).mkdir()
    (folder / OUTSIDE / "secret.txt").write_text(SECRET)
    os.chdir(folder / "here")
    tempfile.tempdir = str(folder / "temporary")


def _read_in_every_way(folder: Path, chosen: SmallSet, build_too: bool) -> str:
    """Return the outcome; raises whatever the package should not, AssertionError for what it should."""
    before = _listing(folder)
    source = Source.model_validate(chosen.source, context={"folder": folder / SET})
    worst = str(_checked(partial(_outcome_of, source), folder))
    for path in [path for path in (folder / SET).rglob("*") if is_image_name(path.name)]:
        for read in (read_size, read_position, partial(_pixels_of, quantity=source.quantity)):
            said = _checked(partial(read, path), folder)
            worst = "error" if chosen.row.startswith("image") and said == "error" else worst
    if build_too:
        _checked(partial(_build_and_export, chosen, folder, int(folder.name) // 10), folder)
    assert _listing(folder) == before, f"files changed: {set(_listing(folder).items()) ^ set(before.items())}"
    return worst


def _outcome_of(source: Source) -> str:
    check_what_is_read(source)
    outcome(source)
    found = read_source(source)
    assert found.images or found.rejects, "neither an image nor a reject"
    for reject in found.rejects:
        assert all(reject), f"a reject with an empty field: {reject}"
        assert max(map(len, reject)) < MOST_CHARACTERS, f"a reject without end: {str(reject)[:200]}"
    assert SECRET not in json.dumps([repr(found.images), found.rejects]), "the secret of another folder was read"
    return "reject" if found.rejects else "kept"


def _pixels_of(path: Path, quantity: str | None) -> int:
    image = read_image(path, quantity)
    assert np.isfinite(image.pixels).all()
    assert image.spacing_m is None or all(0 < value < math.inf for value in image.spacing_m)
    return perceptual_hash(image)


def _checked(read: Callable[[], object], folder: Path) -> object:
    """Return what ``read`` returns, or ``error`` where the package raises an error of its own as it should."""
    try:
        return read()
    except SarvlError as problem:
        said = str(problem)
        assert len(said) < MOST_CHARACTERS, f"a message without end: {said[:200]}"
        assert not UNPRINTABLE.search(said), f"a message of several lines, or of control characters: {said!r}"
        names = [path.name for path in (folder / SET).rglob("*") if not path.is_dir()]
        assert any(str(SarvlError(name)) in said for name in [str(folder), *names]), f"no file named: {said}"
        return "error"


def _build_and_export(chosen: SmallSet, folder: Path, target: int) -> None:
    from sarvl.corpus.building.builder import build
    from sarvl.corpus.export import export
    from sarvl.corpus.export.form import EXPORTS
    from sarvl.corpus.recipe import BuildRecipe

    recipe = BuildRecipe.model_validate({"sources": [chosen.source]}, context={"folder": folder / SET})
    try:
        corpus = build(recipe, folder / "out" / "corpus")
        export(corpus, folder / "out" / "export", EXPORTS.names()[target % len(EXPORTS.names())])
    finally:
        shutil.rmtree(folder / "out", ignore_errors=True)


def _listing(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return mode, size and time of whatever lies below a folder."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        status = path.lstat()
        time = 0 if path == folder else status.st_mtime_ns  # `out` comes and goes
        found[os.fsencode(path).decode("utf-8", "backslashreplace")] = (status.st_mode, status.st_size, time)
    return found
