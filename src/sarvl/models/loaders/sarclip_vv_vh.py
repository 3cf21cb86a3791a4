"""``sarclip-vv-vh:PATH``: SARCLIP of CAESAR-Radi, for images of VV and VH.

Its reader takes VV as (dB + 25) / 25, VH as (dB + 32.5) / 25, and the mean of both as third band.
"""

from typing import Any

from sarvl.imagery import InputContract
from sarvl.imagery.bands import BandContract, Mean, Named
from sarvl.imagery.frames import Square
from sarvl.models.clips.published import Published
from sarvl.models.loader import Loader
from sarvl.models.loaders.sarclip import ARCHITECTURES


def contract(size: int) -> InputContract:
    """Return what its reader does to an image of two bands."""
    scaled: dict[str, Any] = {"curve": "decibel", "mean": 0.5, "std": 0.5}
    bands = (
        BandContract(name="VV", source=Named(band="VV"), range_db=(-25.0, 0.0), **scaled),
        BandContract(name="VH", source=Named(band="VH"), range_db=(-32.5, -7.5), **scaled),
        BandContract(name="mean", source=Mean(bands=("VV", "VH")), range_db=(-28.75, -3.75), **scaled),
    )
    return InputContract(bands=bands, frame=Square(size=size, resize="squash"))


SARCLIP_VV_VH = Published("sarclip-vv-vh", ARCHITECTURES, contract)
LOADER = Loader("PATH", "SARCLIP of CAESAR-Radi, for VV and VH", SARCLIP_VV_VH.load)
