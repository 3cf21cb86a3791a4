"""Files: written whole or not at all, and never outside their folder."""

import fcntl
import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from killed import kill_at_seeded_moments

from sarvl.errors import CorpusError, SarvlError
from sarvl.files import (
    atomic_path,
    lock_file,
    made_folder,
    path_inside,
    read_json,
    replaced_folder,
    sha256_of,
    sha256_of_file,
    write_json,
    write_text,
)

NAMES = st.lists(st.sampled_from(["..", ".", "a", "b", "", "..a", "folder", "/", "~", "\0"]), max_size=6).map("/".join)


def test_a_block_that_raises_leaves_the_old_content(tmp_path):
    path = tmp_path / "new" / "file.txt"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]


def test_a_block_that_ends_replaces_the_content(tmp_path):
    path = tmp_path / "file.npy"
    path.write_text("old")
    with atomic_path(path) as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".npy")
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_written_files_have_the_usual_permissions(tmp_path):
    write_text(tmp_path / "ours", "")
    (tmp_path / "plain").write_text("")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@given(NAMES, st.sampled_from(["folder", "/some/folder", ".", "..", "/", "a/../folder", "../folder"]))
def test_a_path_inside_is_inside(name, folder):
    found = path_inside(Path(folder), name)
    root = Path(os.path.realpath("/") if folder == "/" else os.path.normpath(Path.cwd() / folder))
    meant = Path(os.path.normpath(root / name)) if "\0" not in name else None
    inside = meant is not None and (meant == root or root in meant.parents)
    assert (found is not None) == inside
    if found is not None:
        assert Path(os.path.normpath(Path.cwd() / found)) == meant


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "..", "a\0b", "../folder2/x"])
def test_a_path_that_leaves_its_folder_is_none(name):
    assert path_inside(Path("/data/folder"), name) is None
    assert path_inside(Path(".."), name) is None


@pytest.mark.parametrize("value", [float("nan"), [1, float("inf")], {"a": {"b": -float("inf")}}])
def test_json_has_no_nan(tmp_path, value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x.json", value)
    assert list(tmp_path.iterdir()) == []


def test_json_reads_back(tmp_path):
    value = {"a": [1, 0.1, None, True], "ü": "–"}
    write_json(tmp_path / "x.json", value)
    assert read_json(tmp_path / "x.json") == value
    (tmp_path / "x.json").write_text((tmp_path / "x.json").read_text(), encoding="utf-8-sig")  # as Windows writes it
    assert read_json(tmp_path / "x.json") == value


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 100_000, None])
def test_faulty_json_is_the_error_asked_for(tmp_path, content):
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CorpusError, match=r"x\.json") as caught:
        read_json(path, CorpusError)
    assert isinstance(caught.value, SarvlError)


def test_too_large_json_is_refused(tmp_path, monkeypatch):
    write_json(tmp_path / "x.json", "longer than five bytes")
    monkeypatch.setattr("sarvl.files.MAX_JSON_BYTES", 5)
    with pytest.raises(SarvlError, match="larger than 5 bytes"):
        read_json(tmp_path / "x.json")


@given(st.binary(max_size=100))
def test_hashes_of_bytes_and_files_agree(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("hash") / "file"
    path.write_bytes(data)
    assert sha256_of_file(path) == sha256_of(data)
    assert sha256_of(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_lock_is_held_by_one_and_leaves_nothing(tmp_path):
    path = tmp_path / "lock"
    with lock_file(path) as first, lock_file(path) as second:
        assert (first, second) == (True, False)
        assert path.is_file()
    assert not path.exists()
    with lock_file(path) as again:
        assert again


def test_a_lock_left_by_a_killed_process_is_taken_over(tmp_path):
    (tmp_path / "lock").touch()
    with lock_file(tmp_path / "lock") as held:
        assert held
    assert list(tmp_path.iterdir()) == []


def test_a_lock_file_that_its_holder_removes_meanwhile_is_made_anew(tmp_path, monkeypatch):
    """Whoever opens the file just before it goes would else hold a lock that nobody can see."""
    path, lock = tmp_path / "lock", fcntl.flock

    def removed_before_locking(descriptor: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        path.unlink()
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", removed_before_locking)
    with lock_file(path) as held:
        assert held
        assert path.exists()


REPLACING = """
import sys
from itertools import count
from pathlib import Path
from sarvl.files import replaced_folder, write_text

folder, file = Path(sys.argv[1]), Path(sys.argv[2])
for number in count():
    with replaced_folder(folder) as work:
        for name in "ab":
            (work / name).write_text(str(number))
    write_text(file, str(number) * 1000)
    if not number:
        begun()
"""


def test_a_kill_leaves_the_old_or_the_new_and_nothing_that_stays(tmp_path):
    """A folder was moved away before the new one came, and what lay beside it under drawn names stayed for ever."""
    folder, file = tmp_path / "out" / "folder", tmp_path / "out" / "file.html"

    def whole() -> None:
        assert folder.is_dir()
        assert file.stat().st_size >= 1000

    kill_at_seeded_moments(REPLACING, folder, file, seed=1, kills=4, meanwhile=whole)
    assert (folder / "a").read_text() == (folder / "b").read_text()
    with replaced_folder(folder) as work:
        (work / "c").touch()
    write_text(file, "")
    assert sorted(path.name for path in folder.parent.iterdir()) == ["file.html", "folder"]
    assert [path.name for path in folder.iterdir()] == ["c"]


def test_an_old_folder_that_a_kill_left_beside_its_place_is_put_back(tmp_path, monkeypatch):
    """Where the system cannot exchange two folders."""
    monkeypatch.setattr("sarvl.files._exchanged", lambda first, second: False)
    folder = tmp_path / "folder"
    for content in ("old", "new"):
        with replaced_folder(folder) as work:
            (work / content).touch()
    assert [path.name for path in folder.iterdir()] == ["new"]
    folder.rename(tmp_path / ".folder.sarvl-old")
    with pytest.raises(ZeroDivisionError), replaced_folder(folder):
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_a_folder_that_another_process_writes_is_refused(tmp_path):
    with replaced_folder(tmp_path / "folder") as work:
        (work / "mine").touch()
        with (
            pytest.raises(CorpusError, match="folder: another process is writing it; wait for its end"),
            replaced_folder(tmp_path / "folder", CorpusError),
        ):
            pass
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["mine"]


def test_a_folder_behind_a_link_is_replaced_and_the_link_stays(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    for name in ("old", "new"):
        with replaced_folder(tmp_path / "link") as work:
            (work / name).touch()
    assert (tmp_path / "link").is_symlink()
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["new"]


def test_two_writers_of_a_file_wait_for_each_other(tmp_path):
    path, order = tmp_path / "file", []

    def write(text: str) -> None:
        with atomic_path(path) as temporary:
            order.append(f"{text} begins")
            temporary.write_text(text)
            time.sleep(0.05)
            order.append(f"{text} ends")

    writers = [threading.Thread(target=write, args=[text]) for text in ("one", "two", "three")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [entry.split()[1] for entry in order] == ["begins", "ends"] * 3
    assert path.read_text() == order[-1].split()[0]
    assert list(tmp_path.iterdir()) == [path]


def test_a_made_folder_is_made_once(tmp_path):
    for made in (True, False):
        with made_folder(tmp_path / "folder") as work:
            assert (work is not None) == made
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]
