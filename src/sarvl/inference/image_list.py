"""Which files are meant: image files, folders of them, and globs."""

import os
from collections.abc import Sequence
from glob import glob, has_magic
from pathlib import Path

from sarvl.annotations.folder_files import files_below
from sarvl.annotations.image_files import is_image_name
from sarvl.errors import ImageError
from sarvl.files import FilePath
from sarvl.inference.image_options import ImageOptions, reading_of
from sarvl.inference.located_image import FileToRead


def image_list(given: Sequence[FilePath] | FilePath) -> list[Path]:
    """Return the files that paths, folders and globs stand for, each once, in the order in which they are named.

    A folder stands for all files below it that are named as images are. A file that is named itself is taken whatever
    its name. Raises ImageError where one stands for nothing, or none is given.
    """
    given = [given] if isinstance(given, str | os.PathLike) else given
    if not given:
        raise ImageError("no image is named; give files, folders or globs")
    return list(dict.fromkeys(path for one in given for path in _files_of(Path(one))))


def files_to_read(given: Sequence[FilePath] | FilePath, options: ImageOptions) -> list[FileToRead]:
    """Return the files that are meant, each with how it is read."""
    reading = reading_of(options)
    return [(path, reading) for path in image_list(given)]


def _files_of(path: Path) -> list[Path]:
    if path.is_dir():
        return _in_folder(path)
    if path.exists():
        return [path]
    if not has_magic(str(path)):
        raise ImageError(f"{path}: no such file or folder; check the path")
    matches = sorted(glob(str(path), recursive=True))  # noqa: PTH207 - it may be absolute
    listed = [file for name in matches for file in _of_match(Path(name))]
    if not listed:
        raise ImageError(f"{path}: no image fits; check the pattern")
    return listed


def _of_match(path: Path) -> list[Path]:
    """Return what a match of a glob stands for: ``*`` also matches folders, and files that are no images."""
    return [path] if path.is_file() and is_image_name(path.name) else []


def _in_folder(folder: Path) -> list[Path]:
    files = [folder / name for name in files_below(folder).files if is_image_name(name)]
    if not files:
        raise ImageError(f"{folder}: no image below it (PNG, JPEG, BMP, TIFF or MSTAR Phoenix); check the path")
    return files
