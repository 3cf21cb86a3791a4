"""Files: written whole or not at all, and never outside their folder."""

import fcntl
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.errors import CorpusError, SarvlError
from sarvl.files import (
    atomic_path,
    lock_file,
    path_inside,
    read_json,
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
