"""Finding image files by the names that annotations give, which are often incomplete."""

import os
from collections import defaultdict
from pathlib import Path, PurePosixPath

from sarvl.annotations.folder_files import FolderFiles, FollowLinks, files_below
from sarvl.annotations.parsing.plain_text import composed
from sarvl.errors import AnnotationError
from sarvl.files import path_inside

IMAGE_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"})
LEADS_OUT = "name leads out of the image folder"


def is_image_name(name: str) -> bool:
    """Tell whether a name ends as an image does; three digits are raw MSTAR Phoenix chips (``HB03787.015``)."""
    ending = PurePosixPath(name).suffix.lower()
    return ending in IMAGE_ENDINGS or (len(ending) == 4 and ending[1:].isdigit())


class ImageFiles:
    """The image files below one folder, listed once, found by relative path, by name, or by name without ending.

    Names are compared in composed form (NFC): macOS writes the accents of file names apart.
    """

    def __init__(self, folder: Path, named_by: str, follow_links: FollowLinks = "inside") -> None:
        """List the folder; raises AnnotationError, to correct the field ``named_by``, where it is missing."""
        if not folder.is_dir():
            raise AnnotationError(f"{folder}: no such folder; correct {named_by}")
        self.folder = folder
        self.below: FolderFiles = files_below(folder, follow_links)
        self._files = [file for file in self.below.files if is_image_name(file)]
        self._as_given = set(self._files)
        self._by_path: dict[str, list[str]] = defaultdict(list)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for file in self._files:
            path = composed(file)
            name = PurePosixPath(path).name
            self._by_path[path].append(file)
            self._by_path[path.removesuffix(PurePosixPath(name).suffix)].append(file)
            self._by_name[name].append(file)
            self._by_stem[PurePosixPath(name).stem].append(file)

    def find(self, names: tuple[str, ...]) -> str:
        """Return the relative path of the first name that fits exactly one file.

        Each name is tried as a relative path, with its ending or without (mixed image endings), then without one after
        the other of its first folders, then as the name of a file at any depth. Several files that are one behind links
        are that one.
        Raises LookupError with the reason where none fits, or where a name fits several files.
        """
        problem = "image is missing"
        for name in names:
            plain = name.replace("\\", "/")
            if path_inside(self.folder, plain) is None:
                problem = LEADS_OUT
                continue
            if plain in self._as_given:
                return plain
            image = self._in_listing(composed(plain))
            if image:
                return image
            problem = self.below.refusal_of(plain) or problem
        raise LookupError(problem)

    def _in_listing(self, plain: str) -> str | None:
        folders, last = os.path.split(os.path.normpath(plain))
        stem = PurePosixPath(last).stem if is_image_name(last) else last
        parts = folders.split("/") if folders else []
        ends = ["/".join([*parts[start:], ""]) for start in range(len(parts))]  # the longest end of the path first
        tried = [(self._by_path, f"{end}{name}") for end in ends or [""] for name in (last, stem)]
        # A name such as `ship_10.125` may itself be a stem, though it ends as a Phoenix chip does.
        for index, key in (*tried, (self._by_name, last), (self._by_stem, stem), (self._by_stem, last)):
            files = index.get(key, [])
            if len(files) > 1 and len({os.path.realpath(self.folder / file) for file in files}) > 1:
                raise LookupError(f"name fits {len(files)} files, such as {files[0]} and {files[1]}")
            if files:
                return files[0]
        return None

    def __contains__(self, relative: str) -> bool:
        """Tell whether there is an image file of this relative path."""
        return relative in self._as_given

    def all(self) -> list[str]:
        """Return the relative paths of all image files, sorted."""
        return sorted(self._files)

    def path(self, relative: str) -> Path:
        """Return the full path of a relative one."""
        return self.folder / relative
