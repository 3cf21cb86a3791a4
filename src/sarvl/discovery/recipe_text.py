"""The recipe as text: what is known stands in it, what could be set behind a ``#``, and what is missing is marked."""

import os
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from sarvl.annotations.format import FORMATS
from sarvl.discovery.source_facts import SourceFacts
from sarvl.discovery.trial import Trial

FILL_IN = "FILL_IN"
"""What stands where only the user knows the value; a build refuses it."""
_WIDTH = 110
_MOST_CLASSES = 40
_MOST_LEVELS_UP = 2


def recipe_text(folder: Path, facts: Sequence[SourceFacts], others: Sequence[Trial], recipe_folder: Path) -> str:
    """Return the YAML of a build recipe whose paths are relative to ``recipe_folder``."""
    lines = [
        *_prose(f"Written by `sarvl init {_plain(folder)}`. What is said below was read from the files."),
        "seed: 0",
        "sources:",
    ]
    for source in facts:
        lines += [f"  {line}".rstrip() for line in _source(source, recipe_folder)]
    if others:
        lines += ["", *_prose("Also found, and left out because it is about the same images:")]
        lines += [f"#   {_plain(told_briefly(other, folder))}" for other in others]
    lines += [
        "",
        *_prose("Captions an image; `sarvl recipe --new build` tells all that can be set."),
        "captions: {per_image: 5}",
        "",
    ]
    return "\n".join(lines)


def told_briefly(trial: Trial, folder: Path) -> str:
    """Return in one line what a candidate read."""
    annotations = trial.candidate.annotations
    where = f" in {os.path.relpath(annotations, folder)}" if annotations else ""
    return f"{trial.candidate.format}{where}: {len(trial.kept)} images"


def is_to_fill(line: str) -> bool:
    """Tell whether a line of a recipe is one that the user must fill in."""
    return line.endswith(f": {FILL_IN}") and not line.lstrip().startswith("#")


def _source(source: SourceFacts, recipe_folder: Path) -> Iterator[str]:
    candidate, trial = source.trial.candidate, source.trial
    refused = f", {len(trial.read.rejects)} refused" if trial.read.rejects else ""
    yield from _prose(f"{len(trial.kept)} images of {source.size_range()}{refused}.")
    yield from _prose(_classes_told(source))
    yield f"- name: {_flow(source.name)}"
    yield f"  format: {candidate.format}"
    yield f"  images: {_path(trial.images, recipe_folder)}"
    if candidate.annotations:
        yield f"  annotations: {_path(candidate.annotations, recipe_folder)}"
    for line in (*_options(source, recipe_folder), *_quantity(source), *_labelled(source), *_group(source)):
        yield f"  {line}"
    for line in (*_splits(source), *_rest()):
        yield f"  {line}"


def _classes_told(source: SourceFacts) -> str:
    unit = "objects" if source.has_objects else "images"
    told = [f"{name} {count}" for name, count in source.classes.most_common(_MOST_CLASSES)]
    more = [f"{len(source.classes) - len(told)} more"] if len(source.classes) > len(told) else []
    classes = f"Classes ({unit}): {', '.join([*told, *more])}. " if told else ""
    texts = f"It has {' and '.join(f'{count} {name}' for name, count in source.texts.items())}." if source.texts else ""
    return (classes + texts).strip() or "It names no classes."


def _options(source: SourceFacts, recipe_folder: Path) -> Iterator[str]:
    candidate = source.trial.candidate
    if not candidate.options and not candidate.to_fill:
        return
    yield "options:"
    for name, value in candidate.options.items():
        yield f"  {name}: {_path(value, recipe_folder) if isinstance(value, Path) else _flow(value)}"
    for name, known in candidate.to_fill.items():
        yield from (f"  {line}" for line in _prose(f"{FILL_IN}: give {known}."))
        yield f"  {name}: {FILL_IN}"


def _quantity(source: SourceFacts) -> Iterator[str]:
    pixels = source.pixels
    known = ", ".join(f"{count} {name}" for name, count in pixels.quantities.most_common())
    told = (
        f"Of {pixels.looked_into} files looked into: {known}"
        if known
        else f"{pixels.looked_into} files were looked into"
    )
    if pixels.unknown:
        yield from _prose(f"{told}; {pixels.unknown}. {FILL_IN}: what is a pixel? amplitude, intensity or decibel.")
        yield f"quantity: {FILL_IN}"
    elif len(pixels.quantities) == 1:
        yield from _prose(f"{told}, as the files themselves say.")
        yield f"quantity: {next(iter(pixels.quantities))}"
    else:
        yield from _prose(f"{told}; each file says it itself.")
        yield "#quantity: display"


def _labelled(source: SourceFacts) -> Iterator[str]:
    if not source.has_objects or not FORMATS.get(source.trial.candidate.format).has_objects:
        return
    yield from _prose(
        "labelled_classes: the classes that whoever labelled these images marked wherever they stand. Only of these "
        'does a caption ever say that there is none ("no bridges are visible"), or a question have the answer no: '
        "without this line there is neither. Take the # away, and out of the list every class of which objects may "
        "have been left unmarked, as in sets that were put together from sets of one class each."
    )
    yield f"#labelled_classes: {_flow(sorted(source.classes))}"


def _group(source: SourceFacts) -> Iterator[str]:
    if source.group:
        pattern, overlap_px = source.group
        yield from _prose("The file names hold positions in a scene: patches that overlap stay in one split.")
        yield f"group: {_flow({'pattern': pattern, 'overlap_px': overlap_px})}"
        return
    scenes = source.beginnings
    if 1 < len(scenes) <= len(source.trial.kept) / 2 and scenes.total() == len(source.trial.kept):
        yield from _prose(
            f"The names begin in {len(scenes)} ways, such as {min(scenes)}. Are these scenes? Then take the # away."
        )
        yield f"#group: {_flow({'pattern': source.beginnings_pattern})}"
    else:
        yield from _prose(
            "No scene in the file names. Where images are cut from one, name it: docs/sets.md has examples."
        )
        yield "#group: {pattern: '(?P<scene>[^/]+)_[0-9]+'}"


def _splits(source: SourceFacts) -> Iterator[str]:
    if source.official:
        yield from _prose(f"The annotations give the split: {_counted(source)}.")
        yield "official_splits: true"
    elif source.splits_in_paths:
        yield from _prose(f"The paths name the split: {_counted(source)}.")
        yield "official_splits: true"
        yield f"split_pattern: {_flow(source.split_pattern)}"
    elif source.trial.candidate.split:
        yield from _prose("As the name of the annotation file says.")
        yield f"split: {source.trial.candidate.split}"
    else:
        yield from _prose("No split was found: these are shares to begin with.")
        yield "splits: {train: 0.8, val: 0.1, test: 0.1}"


def _counted(source: SourceFacts) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted((source.official or source.splits_in_paths).items()))


def _rest() -> Iterator[str]:
    yield from _prose("sar or optical: how captions call the images.")
    yield "domain: sar"
    yield from _prose("What the set's authors allow; it goes into the tables and the data card.")
    yield "licence: not stated"


def _prose(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(_plain(text), _WIDTH, break_long_words=False, break_on_hyphens=False)]


def _plain(value: object) -> str:
    """Return text that can stand in a comment: no character in it ends the line."""
    return "".join(sign if sign.isprintable() else "?" for sign in str(value))


def _path(path: Path, recipe_folder: Path) -> str:
    """Return a path relative to the recipe where it is near, so that both can be moved together."""
    relative = os.path.relpath(path.absolute(), recipe_folder.absolute())
    return _flow(relative if relative.count("..") <= _MOST_LEVELS_UP else str(path.absolute()))


def _flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, width=2**20, allow_unicode=True, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")
