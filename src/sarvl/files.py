"""Safe file handling shared by all packages: atomic writes, locks, paths kept inside their folder, hashes, JSON."""

import errno
import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sarvl.errors import SarvlError, unreadable

MAX_JSON_BYTES = 4 * 2**30
FilePath = str | os.PathLike[str]
"""A path as a user of Python gives it: text or a Path."""


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


# The mask can only be read by setting it, which is not safe while other threads make files: it is read once.
_UMASK = _umask()


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that replaces it when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_UMASK)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder beside ``folder`` that becomes it when the block ends without an error.

    Where another process has put one there in the meantime, that one stays.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield temporary
        temporary.chmod(0o777 & ~_UMASK)
        try:
            temporary.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def lock_file(path: Path) -> Iterator[bool]:
    """Hold ``path`` as a lock between processes; yields False where another process holds it, without waiting.

    The file is removed at the end. One that a killed process has left behind is no longer held, and is taken over.
    """
    lock = FileLock(path)
    if not _take(lock, path):
        yield False
        return
    try:
        yield True
    finally:
        path.unlink(missing_ok=True)  # while it is held: who opens it from now on makes a new one
        lock.release()


def _take(lock: FileLock, path: Path) -> bool:
    while True:
        try:
            lock.acquire(blocking=False)
        except Timeout:
            # Its last holder may have removed the file between our opening and our locking: then once more.
            if path.exists():
                return False
        else:
            return True


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON, atomically; NaN and infinities are refused with a ValueError."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def file_bytes(path: Path) -> int:
    """Return the size of a file; OSError where it is a pipe or a device, which might be read without end."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):  # to open a folder is an error already
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return status.st_size


def read_json(path: Path, error: type[SarvlError] = SarvlError) -> Any:
    """Read a JSON file; whatever is wrong with it is raised as ``error`` with the file's name.

    A byte order mark, which some Windows programs write, is passed over.
    """
    try:
        if file_bytes(path) > MAX_JSON_BYTES:
            raise error(f"{path}: larger than {MAX_JSON_BYTES} bytes; split it into several files")
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as problem:
        raise error(unreadable(path, problem)) from problem
    except (ValueError, RecursionError) as problem:
        raise error(f"{path}: not valid JSON ({problem}); check that the file is complete") from problem


def path_inside(folder: Path, name: str) -> Path | None:
    """Return ``folder / name``, or None where ``name`` would leave ``folder`` (``..``, an absolute path, a NUL)."""
    # POSIX gives two leading slashes, but not three, a root of their own.
    if "\0" in name or (name.startswith("//") and not name.startswith("///")):
        return None
    candidate = os.path.normpath(folder / name)
    if not name.startswith("/") and os.pardir not in name.split("/"):
        return Path(candidate)  # most names; all that follows costs ten times as much
    # Not by prefix: `.` and `..` are none of what lies inside them.
    leaves = Path(os.path.relpath(candidate, folder)).parts[:1] == (os.pardir,)
    return None if leaves else Path(candidate)


def sha256_of(data: bytes) -> str:
    """Return the SHA-256 of ``data`` as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, read in chunks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
