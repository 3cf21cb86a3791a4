"""Pixels with a declared physical quantity: read, convert, despeckle, render, and bring to a model's input contract."""

from sarvl.imagery.bands import BandContract, Difference, Grey, Mean, Named, Place
from sarvl.imagery.contract import InputContract
from sarvl.imagery.convert import to_amplitude, to_decibel, to_intensity
from sarvl.imagery.despeckle import refined_lee
from sarvl.imagery.display import render_display
from sarvl.imagery.frames import Patches, Square, Tiled
from sarvl.imagery.orientation import UPRIGHT, orientation_of
from sarvl.imagery.phoenix import phoenix_header
from sarvl.imagery.picture_hashes import perceptual_hash, thumbnail, thumbnail_hash
from sarvl.imagery.prepared import ChosenImages, ImageBatches, Prepared, PreparedImages
from sarvl.imagery.reader import Reading, read_image, read_position, read_size
from sarvl.imagery.sar_image import Georeference, Quantity, SarImage
from sarvl.imagery.stored_image import MAX_PIXELS

__all__ = [
    "MAX_PIXELS",
    "UPRIGHT",
    "BandContract",
    "ChosenImages",
    "Difference",
    "Georeference",
    "Grey",
    "ImageBatches",
    "InputContract",
    "Mean",
    "Named",
    "Patches",
    "Place",
    "Prepared",
    "PreparedImages",
    "Quantity",
    "Reading",
    "SarImage",
    "Square",
    "Tiled",
    "orientation_of",
    "perceptual_hash",
    "phoenix_header",
    "read_image",
    "read_position",
    "read_size",
    "refined_lee",
    "render_display",
    "thumbnail",
    "thumbnail_hash",
    "to_amplitude",
    "to_decibel",
    "to_intensity",
]
