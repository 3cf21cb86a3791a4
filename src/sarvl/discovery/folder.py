"""What lies in a folder: image files and other files, by the folders that hold them."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from sarvl.annotations.folder_files import files_below
from sarvl.annotations.image_files import is_image_name
from sarvl.errors import AnnotationError

_MOST_PLACES = 12


@dataclass(frozen=True)
class LookedAt:
    """A folder and the relative paths of the files below it; hidden ones and links out of it are left out."""

    folder: Path
    images: tuple[str, ...]
    others: tuple[str, ...]

    @classmethod
    def at(cls, folder: Path) -> "LookedAt":
        """List a folder; AnnotationError where it is none, or holds no image."""
        if not folder.is_dir():
            raise AnnotationError(f"{folder}: no such folder; give the folder of a set")
        files = files_below(folder).files
        images = tuple(file for file in files if is_image_name(file))
        if not images:
            raise AnnotationError(
                f"{folder}: no image below it (PNG, JPEG, BMP, TIFF or MSTAR Phoenix); check the path"
            )
        return cls(folder, images, tuple(file for file in files if not is_image_name(file)))

    @cached_property
    def image_folders(self) -> list[Path]:
        """Where the images may be meant to lie: folders that hold some, at any depth, those that hold most first."""
        counts = Counter(parent.as_posix() for file in self.images for parent in PurePosixPath(file).parents)
        ordered = sorted(counts, key=lambda name: (-counts[name], name))
        return [self.folder / name for name in ordered[:_MOST_PLACES]]

    @cached_property
    def stems_of(self) -> dict[str, set[str]]:
        """The images in or below each folder of the first two levels, without ending, relative to it."""
        stems: dict[str, set[str]] = {}
        for file in self.images:
            path = PurePosixPath(file)
            for depth in (1, 2):
                if len(path.parts) > depth:
                    inner = PurePosixPath(*path.parts[depth:]).with_suffix("").as_posix()
                    stems.setdefault("/".join(path.parts[:depth]), set()).add(inner)
        return stems


def spread(files: tuple[str, ...] | list[str], count: int) -> list[str]:
    """Return at most ``count`` of some files, evenly spread."""
    step = max(1, -(-len(files) // count))
    return list(files[::step])
