"""The files below a folder: links are followed where they stay inside it, and whatever is left out can be told."""

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Literal

from sarvl.errors import AnnotationError, unreadable

FollowLinks = Literal["inside", "anywhere"]
MOST_FOLLOWED_FOLDERS = 10_000
_NOT_OURS = frozenset({"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information"})
LEADS_OUT = "a link that leads out of the folder"


@dataclass(frozen=True)
class FolderFiles:
    """What lies below a folder.

    files: relative paths with ``/``, those of a folder before those of its folders, in the order of the names.
    refused: links that are not followed, by relative path, with the reason. hidden: files and folders passed over
    because their names begin with a dot, or are those of archives and file servers.
    """

    folder: Path
    files: tuple[str, ...]
    refused: dict[str, str]
    hidden: frozenset[str]

    def refusal_of(self, name: str) -> str | None:
        """Return why a file of this relative path cannot be found: it is such a link, or lies behind one, or hidden."""
        above = [name, *(parent.as_posix() for parent in PurePosixPath(name).parents)]
        if not self.hidden.isdisjoint(above):
            return "is hidden, or lies in a hidden folder, which are passed over"
        return next((f"lies behind {self.refused[path]}" for path in above if path in self.refused), None)


def files_below(folder: Path, follow_links: FollowLinks = "inside") -> FolderFiles:
    """Return what lies below a folder; AnnotationError where part of it cannot be listed."""
    walk = _Walk(folder, follow_links)
    walk.visit(folder, "", (os.path.realpath(folder),))
    return FolderFiles(folder, tuple(walk.files), walk.refused, frozenset(walk.hidden))


def advice_of_link(reason: str) -> str:
    """Return what to do about a link that is not followed."""
    if reason == LEADS_OUT:
        return "set follow_links: anywhere in the source to follow it"
    return "remove the link"


class _Walk:
    def __init__(self, folder: Path, follow_links: FollowLinks) -> None:
        self._root, self._anywhere = os.path.realpath(folder), follow_links == "anywhere"
        self._followed = 0
        self.files: list[str] = []
        self.hidden: list[str] = []
        self.refused: dict[str, str] = {}

    def visit(self, folder: Path, prefix: str, above: tuple[str, ...]) -> None:
        """List a folder; above: the real paths of this and the folders that lead to it."""
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as problem:
            raise AnnotationError(unreadable(folder, problem, "check its permissions")) from problem
        folders = []
        for entry in listed:
            relative = prefix + entry.name
            if entry.name.startswith(".") or entry.name in _NOT_OURS:
                self.hidden.append(relative)
            elif entry.is_symlink() and (reason := self._refusal(entry.path, above)):
                self.refused[relative] = reason
            elif entry.is_dir():
                folders.append(entry)
            else:
                self.files.append(relative)
        for entry in folders:
            real = os.path.realpath(entry.path) if entry.is_symlink() else os.path.join(above[-1], entry.name)  # noqa: PTH118
            self.visit(folder / entry.name, f"{prefix}{entry.name}/", (*above, real))

    def _refusal(self, path: str, above: tuple[str, ...]) -> str | None:
        """Return why a link is not followed, or None."""
        target = os.path.realpath(path)
        if not os.path.exists(target):  # noqa: PTH110
            return "a link that leads nowhere"
        if target in above:
            return "a link that leads back to a folder that it lies in"
        if not self._anywhere and not target.startswith(f"{self._root}/"):
            return LEADS_OUT
        if os.path.isdir(target):  # noqa: PTH112
            self._followed += 1
            if self._followed > MOST_FOLLOWED_FOLDERS:
                raise AnnotationError(f"{path}: more than {MOST_FOLLOWED_FOLDERS} links to folders; remove some")
        return None


@lru_cache(maxsize=64)
def glob_pattern(glob: str) -> re.Pattern[str]:
    """Return the regular expression of a relative glob: ``**`` stands for folders, or at its end for all below.

    Raises ValueError where it is empty or absolute.
    """
    if not glob or glob.startswith("/"):
        raise ValueError("not a relative glob")
    parts = [part for part in glob.split("/") if part not in {"", "."}]
    folders = "".join("(?:[^/]+/)*" if part == "**" else f"{_segment(part)}/" for part in parts[:-1])
    last = ".*" if parts[-1:] == ["**"] else _segment(parts[-1])
    return re.compile(folders + last, re.DOTALL)


def _segment(part: str) -> str:
    """Return the regular expression of one part of a glob."""
    if "**" in part:
        raise ValueError("** must stand alone between two /")
    pieces = re.split(r"(\*|\?|\[!?\]?[^\]]*\])", part)
    return "".join(_piece(piece) for piece in pieces)


def _piece(piece: str) -> str:
    if piece in {"*", "?"}:
        return "[^/]*" if piece == "*" else "[^/]"
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        inside = piece[1:-1].replace("\\", r"\\").replace("[", r"\[")
        return f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]".replace("[^", r"[\^")
    return re.escape(piece)
