"""``sarclip:PATH``: SARCLIP of CAESAR-Radi, for images of one band.

Its reader (``readtif``) takes decibels as (dB + 25) / 30 and bytes as byte / 255, both cut at 1, and then
(x - 0.5) * 2; what is darker than -25 dB is cut here, where it goes below -1 there. The preprocessing of open_clip,
which its weights come with, is not what its scripts call. They take images of the network's size; others are squashed.
"""

from typing import Any

from sarvl.imagery import InputContract
from sarvl.imagery.bands import BandContract, Grey
from sarvl.imagery.frames import Square
from sarvl.models.clips.published import Published
from sarvl.models.loader import Loader

ARCHITECTURES = ("RN50", "RN101", "ViT-B-16", "ViT-B-32", "ViT-L-14")


def contract(size: int) -> InputContract:
    """Return what its reader does to an image of one band."""
    scaled: dict[str, Any] = {"range_db": (-25.0, 5.0), "curve": "decibel", "mean": 0.5, "std": 0.5}
    bands = tuple(BandContract(name=name, source=Grey(), **scaled) for name in ("first", "second", "third"))
    return InputContract(bands=bands, frame=Square(size=size, resize="squash"))


SARCLIP = Published("sarclip", ARCHITECTURES, contract)
LOADER = Loader("PATH", "SARCLIP of CAESAR-Radi, for one band", SARCLIP.load)
