"""Arrays of ours on disk, as memory maps."""

from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.files import file_bytes

_TORN = (OSError, EOFError, ValueError, SyntaxError, TokenError, MemoryError)  # numpy parses the header as Python


def mapped_array(path: Path) -> NDArray[Any] | None:
    """Return the array of a ``.npy`` file as a read-only memory map; None where there is none, or a torn one."""
    try:
        file_bytes(path)  # else a pipe would never end
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except _TORN:
        return None
    return array
