"""Builds for processes of their own; this module imports little, since each of them imports it anew."""

import resource
import signal
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path

from sarvl.corpus import BuildRecipe, build
from sarvl.errors import CorpusError
from sarvl.files import write_text


def build_without_pictures(recipe: BuildRecipe, out: Path, workers: int, answer: Connection) -> None:
    module = import_module("sarvl.corpus.building.builder")  # `sarvl.corpus.building.builder` is the function
    module.write_card = lambda corpus, rejects, folder: write_text(folder / "README.md", "a card")
    answer.send("begun")
    module.build(recipe, out, workers=workers)


def build_with_small_files(recipe: BuildRecipe, out: Path, sizes: list[int], answer: Connection) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for size in sizes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        try:
            build(recipe, out)
            answer.send("built")
        except Exception as problem:
            answer.send(str(problem) if isinstance(problem, CorpusError) else repr(problem))
