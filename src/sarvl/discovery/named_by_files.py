"""Candidates from annotation files: what they look like tells the format that reads them."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from sarvl.annotations.format import FORMATS
from sarvl.annotations.parsing.other_forms import form_of
from sarvl.discovery.candidate import Candidate
from sarvl.discovery.folder import LookedAt, spread

_LOOKED_INTO = 20
_MOST_FILES = 200
_MOST_LABEL_BYTES = 2**24
_CLASS_NUMBER = re.compile(r"[0-9]{1,6}")
_NO_ANNOTATIONS = frozenset({"", ".md", ".pdf", ".html", ".py", ".sh", ".zip", ".tar", ".gz", ".safetensors", ".db"})
_BY_FOLDER = frozenset({"yolo", "dota", "voc", "fair", "labelme", "cvat"})
_SPLIT = re.compile(r"(?:^|[^a-z])(train|val|valid|validation|test)(?:[^a-z]|$)", re.IGNORECASE)
_CLASS_LISTS = frozenset({"classes.txt", "obj.names", "labels.txt", "predefined_classes.txt", "class.txt"})


def named_by_files(looked: LookedAt) -> Iterator[Candidate]:
    """Yield what annotation files look like: those of formats of one file an image as their folder, others each."""
    folders: dict[str, set[Path]] = defaultdict(set)
    for folder, files in _by_folder(looked).items():
        for name in spread(files, _LOOKED_INTO if len(files) > _MOST_FILES else _MOST_FILES):
            path = looked.folder / folder / name
            form = form_of(path)
            if form is None or form.format is None:
                continue
            if form.format == "opensarship":
                yield Candidate("opensarship", images=path.parent.parent)
            elif form.format in _BY_FOLDER and (len(files) > 1 or path.suffix == ".txt") and path.suffix != ".yaml":
                folders[form.format].add(path.parent)
            else:
                yield Candidate(form.format, path, split=_split_told(name))
    for name, places in sorted(folders.items()):
        yield _of_folder(name, Path(os.path.commonpath(places)), looked)


def tried_formats(looked: LookedAt) -> Iterator[Candidate]:
    """Yield every format with every annotation file whose look tells nothing, a few: those of other packages, such."""
    unknown = [file for file in looked.others if PurePosixPath(file).suffix.lower() not in _NO_ANNOTATIONS]
    for file in spread(unknown, 5):
        path = looked.folder / file
        for name, form in FORMATS.items():
            if form.annotations is not None and not any(
                field.is_required() for field in form.options.model_fields.values()
            ):
                yield Candidate(name, path)


def _by_folder(looked: LookedAt) -> dict[str, list[str]]:
    """Return the names of files that may be annotations, by folder."""
    by_folder: dict[str, list[str]] = defaultdict(list)
    for file in looked.others:
        path = PurePosixPath(file)
        if path.suffix.lower() not in _NO_ANNOTATIONS:
            by_folder[path.parent.as_posix()].append(path.name)
    return by_folder


def _split_told(name: str) -> str | None:
    match = _SPLIT.search(PurePosixPath(name).stem)
    return match[1].lower() if match else None


def _of_folder(name: str, folder: Path, looked: LookedAt) -> Candidate:
    if name != "yolo":
        return Candidate(name, folder)
    listed = sorted(looked.folder / file for file in looked.others if PurePosixPath(file).name in _CLASS_LISTS)
    if listed:
        return Candidate(name, folder, options={"classes": listed[0]})
    numbers = _class_numbers(folder, looked)
    known = f"the names of the classes {', '.join(map(str, numbers))}, such as {{0: ship, 1: oil tank}}"
    return Candidate(name, folder, to_fill={"classes": known}, tried={"classes": {n: f"class {n}" for n in numbers}})


def _class_numbers(folder: Path, looked: LookedAt) -> list[int]:
    """Return the class numbers in some of the label files of YOLO below a folder."""
    files = [looked.folder / file for file in looked.others if PurePosixPath(file).suffix.lower() == ".txt"]
    numbers = set()
    for path in spread([str(file) for file in files if file.is_relative_to(folder)], 2000):
        if Path(path).stat().st_size <= _MOST_LABEL_BYTES:
            words = (line.split(maxsplit=1)[:1] for line in Path(path).read_text("utf-8", "replace").splitlines())
            numbers |= {int(word[0]) for word in words if word and _CLASS_NUMBER.fullmatch(word[0])}
    return sorted(numbers)
