"""Safe file handling shared by all packages: atomic writes, locks, paths kept inside their folder, hashes, JSON."""

import ctypes
import errno
import fcntl
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    """Yield a temporary path beside ``path`` that replaces it when the block ends without an error.

    Its name is always the same, so that one that a killed process has left is taken over. A second writer of the path
    waits for the first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path, "new", path.suffix)
    handle = _held_file(temporary)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_UMASK)
        temporary.replace(path)
    except BaseException:  # only then: what stands there after the move is another writer's
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def _beside(path: Path, what: str, suffix: str = "") -> Path:
    return path.with_name(f".{path.name}.sarvl-{what}{suffix}")


def _held_file(path: Path) -> int:
    """Open ``path``, made empty, as the only one who does so through here; the end of a process lets go of it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        with suppress(OSError):  # some file systems have no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                os.truncate(handle, 0)
                return handle
        os.close(handle)  # whoever held it has moved or removed it in the meantime


@contextmanager
def made_folder(folder: Path) -> Iterator[Path | None]:
    """Yield a temporary folder beside ``folder`` that becomes it when the block ends without an error.

    A second process waits for the first; where ``folder`` is there then, it is given None: there is nothing to do.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with lock_file(_beside(folder, "lock"), wait=True):
        if folder.is_dir():
            yield None
            return
        with _work_folder(folder) as work:
            yield work
            work.rename(folder)


@contextmanager
def replaced_folder(folder: Path, error: type[SarvlError] = SarvlError) -> Iterator[Path]:
    """Yield an empty folder beside ``folder`` that takes its place when the block ends without an error.

    At every moment the whole of the old or of the new stands there. Only where the system cannot exchange two folders,
    a process that is killed may leave the old one beside its place: the next call puts it back. What else a
    killed process has left is removed. Raises ``error`` where another process is writing ``folder``.
    """
    folder = real_path(folder)  # beside what a link leads to, and not the link, which stays
    folder.parent.mkdir(parents=True, exist_ok=True)
    with lock_file(_beside(folder, "lock")) as held:
        if not held:
            raise error(f"{folder}: another process is writing it; wait for its end, or give another folder")
        old = _beside(folder, "old")
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
        with _work_folder(folder) as work:
            yield work
            if folder.exists() and not _exchanged(work, folder):
                folder.rename(old)
            if not folder.exists():
                work.rename(folder)
            shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _work_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``folder``, under a name that is always the same; it is gone at the end."""
    work = _beside(folder, "new")
    if work.exists():
        shutil.rmtree(work)
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _exchanged(first: Path, second: Path) -> bool:
    """Let two paths change places in one step; returns False where the system cannot. Source: renameat2(2)."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:  # not Linux
        return False
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return bool(rename(here, os.fsencode(first), here, os.fsencode(second), exchange) == 0)


@contextmanager
def lock_file(path: Path, *, wait: bool = False) -> Iterator[bool]:
    """Hold ``path`` as a lock between processes; yields False where another holds it, unless one is to ``wait`` for it.

    The file is removed at the end. One that a killed process has left behind is no longer held, and is taken over.
    """
    lock = FileLock(path)
    if not _take(lock, path, wait):
        yield False
        return
    try:
        yield True
    finally:
        path.unlink(missing_ok=True)  # while it is held: who opens it from now on makes a new one
        lock.release()


def _take(lock: FileLock, path: Path, wait: bool) -> bool:
    while True:
        try:
            lock.acquire(blocking=wait)
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


def real_path(path: FilePath) -> Path:
    """Return a path with all links followed; one that links lead back to stays as it is (``resolve`` raises there)."""
    return Path(os.path.realpath(path))


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
