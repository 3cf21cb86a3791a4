"""A run that may write no more than some bytes into any file, as on a full disk, in a process of its own."""

import resource
import signal
import sys
from pathlib import Path

import torch

from sarvl.errors import SarvlError
from sarvl.training import train

torch.set_num_threads(1)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
recipe, run = map(Path, sys.argv[1:3])
for size in map(int, sys.argv[3:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        train(recipe, run, resume=True, workers=1)
        print("trained")
    except SarvlError as problem:
        print(problem)
