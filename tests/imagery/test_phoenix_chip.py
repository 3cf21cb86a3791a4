"""Reading raw MSTAR chips in the Phoenix format."""

from pathlib import Path

import numpy as np
import pytest

from sarvl.errors import ImageError
from sarvl.imagery import Quantity, phoenix_header, read_image, read_size

HEIGHT, WIDTH = 5, 8
MAGNITUDE = np.random.default_rng(3).rayleigh(1, (HEIGHT, WIDTH)).astype(">f4")
PHASE = np.random.default_rng(4).uniform(0, 6.28, (HEIGHT, WIDTH)).astype(">f4")


def chip(lead: str = "", **changes: str) -> bytes:
    """Bytes of a chip as the public release has them; ``changes`` replaces header values, None leaves them out."""
    fields = {"NumberOfColumns": WIDTH, "NumberOfRows": HEIGHT, "native_header_length": 0, "Polarization": "HH"}
    fields |= {"RangePixelSpacing": 0.202148, "CrossRangePixelSpacing": 0.203125} | changes
    text = "".join(f"{key}= {value}\n" for key, value in fields.items() if value is not None)
    length = len(lead) + len("[PhoenixHeaderVer01.04]\nPhoenixHeaderLength= 00000\nPhoenixSigSize= 00000000\n")
    length += len(text) + len("[EndofPhoenixHeader]\n")
    sizes = f"PhoenixHeaderLength= {length:05d}\nPhoenixSigSize= {length + 8 * WIDTH * HEIGHT:08d}\n"
    header = f"{lead}[PhoenixHeaderVer01.04]\n{sizes}{text}[EndofPhoenixHeader]\n"
    return header.encode() + MAGNITUDE.tobytes() + PHASE.tobytes()


@pytest.mark.parametrize("lead", ["", "\n"])
def test_magnitude_and_phase_become_complex(tmp_path: Path, lead):
    path = tmp_path / "HB00001.000"
    path.write_bytes(chip(lead))
    image = read_image(path)
    assert (image.quantity, image.bands, image.pixels.dtype) == (Quantity.COMPLEX, ("HH",), np.complex64)
    np.testing.assert_allclose(image.pixels[0], MAGNITUDE * np.exp(1j * PHASE), rtol=1e-5)
    assert image.spacing_m == (0.202148, 0.203125)
    assert read_size(path) == (WIDTH, HEIGHT)


def test_header_holds_what_the_file_says():
    header = phoenix_header(Path("x"), chip(TargetType="2s1_gun"))
    assert header["TargetType"] == "2s1_gun"
    assert header["Polarization"] == "HH"


def test_missing_spacing_and_polarisation_are_unknown(tmp_path: Path):
    path = tmp_path / "HB00001.000"
    path.write_bytes(chip(RangePixelSpacing=None, Polarization=None))
    image = read_image(path)
    assert (image.spacing_m, image.bands) == (None, ("1",))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (chip()[:100], "header has no end"),
        (chip()[:-1], "truncated Phoenix file"),
        (chip(NumberOfRows="many"), "without a number for NumberOfRows"),
        (chip(NumberOfRows=None), "without a number for NumberOfRows"),
        (chip(NumberOfRows=0), "zero size"),
        (chip(NumberOfRows=6), "not one float32 magnitude and phase chip"),
        (chip(RangePixelSpacing="wide"), "without a number for RangePixelSpacing"),
    ],
)
def test_broken_chip_is_refused(tmp_path: Path, data, reason):
    path = tmp_path / "HB00001.000"
    path.write_bytes(data)
    with pytest.raises(ImageError, match=reason):
        read_image(path)
