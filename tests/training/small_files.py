"""A run that may write no more than some bytes into any file, as on a full disk, for a process of its own."""

import resource
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import torch

from sarvl.errors import SarvlError
from sarvl.training import train


def train_with_small_files(recipe: Path, run: Path, sizes: list[int], answer: Connection) -> None:
    """Train with each limit; answer with a line for each."""
    torch.set_num_threads(1)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for size in sizes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        try:
            train(recipe, run, resume=True, workers=1)
            answer.send("trained")
        except SarvlError as problem:
            answer.send(str(problem))
