"""Builds that are killed, that run out of disk, or that meet another one: nothing torn, nothing left, nothing lost."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from forked import CONTEXT
from micro import make_build_recipe
from stopped_builds import build_with_small_files, build_without_pictures

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.errors import AnnotationError, CorpusError
from sarvl.files import lock_file
from sarvl.recipes import load_recipe

KILLS = 20
SIZES = [0, 2000, 20_000]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> BuildRecipe:
    return load_recipe(make_build_recipe(tmp_path_factory.mktemp("data"), chips=2), BuildRecipe)


@pytest.fixture(scope="module")
def whole(recipe, tmp_path_factory) -> Corpus:
    return build(recipe, tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def older(recipe, tmp_path_factory) -> Corpus:
    return build(recipe.model_copy(update={"seed": 1}), tmp_path_factory.mktemp("older"))


@pytest.fixture
def out(older, tmp_path) -> Path:
    """A folder that holds the older corpus."""
    return Path(shutil.copytree(older.folder, tmp_path / "out"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def without_info(folder: Path) -> dict[str, bytes]:
    """Everything but corpus.json, which holds the path from the corpus to the images."""
    return {name: data for name, data in contents(folder).items() if name != "corpus.json"}


def test_twenty_builds_killed_at_random_moments_then_one_that_ends(recipe, whole, out):
    """The last one has pictures; the others have none, so that the moments fall upon the tables. A fifth has a pool."""
    rng, seconds = Random(0), {}
    run_build(recipe, out, 1)  # warms the forked process up
    for workers in (1, 2):
        seconds[workers] = run_build(recipe, out, workers)[1]
    workers_of_kill = [1 if number % 5 else 2 for number in range(KILLS)]
    ends = [run_build(recipe, out, of, seconds[of] * rng.random())[0] for of in workers_of_kill]
    assert ends.count(-signal.SIGKILL) > KILLS / 2
    assert set(ends) <= {0, -signal.SIGKILL}
    assert build(recipe, out).digest == whole.digest
    assert without_info(out) == without_info(whole.folder)


def run_build(recipe: BuildRecipe, out: Path, workers: int, kill_after: float | None = None) -> tuple[int, float]:
    """Build in another process, killed some seconds after its beginning; return its exit code and how long it ran."""
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=build_without_pictures, args=(recipe, out, workers, theirs))
    process.start()
    ours.recv()
    start = time.perf_counter()
    process.join(kill_after)
    process.kill()
    process.join()
    if (out / "corpus.json").exists():
        assert len(Corpus.open(out).images) == 26
    return process.exitcode, time.perf_counter() - start


@pytest.mark.parametrize("moves", [0, 1, 4])
def test_a_stop_amid_the_swap_leaves_no_corpus_that_looks_whole(recipe, whole, out, monkeypatch, moves):
    left, replace = [moves], Path.replace

    def stopped(path: Path, target: Path) -> Path:
        left[0] -= target.parent == out
        if left[0] < 0:
            raise KeyboardInterrupt
        return replace(path, target)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "replace", stopped)
        build(recipe, out)
    with pytest.raises(CorpusError, match=r"no corpus\.json"):
        Corpus.open(out)
    assert build(recipe, out).digest == whole.digest
    assert without_info(out) == without_info(whole.folder)


def test_ctrl_c_ends_the_command_without_a_traceback_and_keeps_the_old_corpus(older, out, tmp_path):
    recipe, kept = make_build_recipe(tmp_path / "data", chips=400), contents(out)
    command = [sys.executable, "-m", "sarvl", "build", recipe, "--out", out, "--workers", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    thumbnails = out / ".building" / "thumbnails"
    while not (thumbnails.exists() and thumbnails.stat().st_size):  # until a worker has answered
        time.sleep(0.01)
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "Traceback" not in errors
    assert contents(out) == kept
    assert Corpus.open(out).digest == older.digest


def test_what_a_killed_build_left_is_removed(recipe, whole, tmp_path):
    (tmp_path / ".building" / "deeper").mkdir(parents=True)
    (tmp_path / ".building" / "images.parquet").write_bytes(b"half")
    (tmp_path / ".lock").touch()
    assert build(recipe, tmp_path).digest == whole.digest
    assert without_info(tmp_path) == without_info(whole.folder)


@pytest.mark.parametrize("name", ["README.md", "images.parquet", "thesis.tex", "pixels"])
def test_a_folder_that_holds_what_no_build_wrote_is_refused(recipe, tmp_path, name):
    (tmp_path / name).write_text("of the user")
    with pytest.raises(CorpusError, match=f"holds {name}, which no build wrote; give another --out"):
        build(recipe, tmp_path)
    assert contents(tmp_path) == {name: b"of the user"}


def test_a_second_build_at_once_is_refused_and_disturbs_nothing(recipe, tmp_path):
    with lock_file(tmp_path / ".lock"):
        with pytest.raises(CorpusError, match="another build is at work in it"):
            build(recipe, tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_full_disk_is_one_line_and_keeps_the_old_corpus(recipe, older, out):
    """A limit on the size of files, as a stand-in for a full disk: write(2) fails in the same way, with EFBIG."""
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=build_with_small_files, args=(recipe, out, SIZES, theirs))
    process.start()
    reasons = [ours.recv() for _ in SIZES]
    process.join()
    line = f"{out}: cannot be written (File too large); free space on its disk, or choose another folder"
    assert reasons == [line] * len(SIZES)
    assert contents(out) == contents(older.folder)


@pytest.mark.parametrize(("place", "reason"), [("file", "File exists"), ("file/below", "Not a directory")])
def test_a_folder_that_cannot_be_made_is_one_line(recipe, tmp_path, place, reason):
    (tmp_path / "file").touch()
    with pytest.raises(CorpusError, match=rf"cannot be written \({reason}\)"):
        build(recipe, tmp_path / place)


def test_an_image_folder_that_cannot_be_listed_is_one_line(tmp_path, monkeypatch):
    """Root may list every folder, so the system's refusal is put in its place."""
    recipe = load_recipe(make_build_recipe(tmp_path / "data"), BuildRecipe)
    scandir = os.scandir

    def refusing(path: object) -> object:
        if str(path).endswith("truck"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(AnnotationError, match=r"truck: cannot be read \(Permission denied\); check its permissions"):
        build(recipe, tmp_path / "out")
