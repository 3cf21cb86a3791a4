"""Finding image files by the names that annotations give, which are often incomplete."""

import os
from collections import defaultdict
from pathlib import Path, PurePosixPath

from sarvl.errors import AnnotationError, unreadable
from sarvl.files import path_inside

IMAGE_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"})


def is_image_name(name: str) -> bool:
    """Tell whether a name ends as an image does; three digits are raw MSTAR Phoenix chips (``HB03787.015``)."""
    ending = PurePosixPath(name).suffix.lower()
    return ending in IMAGE_ENDINGS or (len(ending) == 4 and ending[1:].isdigit())


class ImageFiles:
    """The image files below one folder, listed once, found by relative path, by name, or by name without ending."""

    def __init__(self, folder: Path, named_by: str) -> None:
        """List the folder; raises AnnotationError, to correct the field ``named_by``, where it is missing."""
        if not folder.is_dir():
            raise AnnotationError(f"{folder}: no such folder; correct {named_by}")
        self.folder = folder
        self._by_path: set[str] = set()
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for relative in _walk(folder):
            name = PurePosixPath(relative).name
            self._by_path.add(relative)
            self._by_name[name].append(relative)
            self._by_stem[PurePosixPath(name).stem].append(relative)

    def find(self, names: tuple[str, ...]) -> str:
        """Return the relative path of the first name that fits exactly one file.

        Each name is tried as a relative path, then as a bare file name, then without its ending (mixed image endings).
        Raises LookupError with the reason where none fits, or where a name fits several files.
        """
        for name in names:
            plain = name.replace("\\", "/")
            if path_inside(self.folder, plain) is None:
                raise LookupError("name leads out of the image folder")
            if plain in self._by_path:
                return plain
            last = PurePosixPath(plain).name
            stem = PurePosixPath(last).stem if is_image_name(last) else last
            # A name such as `ship_10.125` may itself be a stem, though it ends as a Phoenix chip does.
            for files in (self._by_name.get(last, []), self._by_stem.get(stem, []), self._by_stem.get(last, [])):
                if len(files) > 1:
                    raise LookupError(f"name fits {len(files)} files, such as {files[0]} and {files[1]}")
                if files:
                    return files[0]
        raise LookupError("image is missing")

    def all(self) -> list[str]:
        """Return the relative paths of all image files, sorted."""
        return sorted(self._by_path)

    def path(self, relative: str) -> Path:
        """Return the full path of a relative one."""
        return self.folder / relative


def _walk(folder: Path) -> list[str]:
    files = []
    for parent, directories, names in os.walk(folder, onerror=_refuse):
        directories.sort()
        relative = Path(parent).relative_to(folder)
        files += [(relative / name).as_posix() for name in sorted(names) if is_image_name(name)]
    return files


def _refuse(problem: OSError) -> None:
    """Raise what the system says: a folder that cannot be listed would else count as empty."""
    raise AnnotationError(unreadable(problem.filename, problem, "check its permissions"))
