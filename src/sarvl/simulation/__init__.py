"""A physical SAR chip simulator: labelled chips and whole data sets from a seed."""

from sarvl.simulation.chip import DISPLAY_DB, NOISE_DB, SEEN_FROM, SimulatedChip, SimulatedObject, simulate_chip
from sarvl.simulation.coco import OBJECT_CLASSES
from sarvl.simulation.dataset import simulate_dataset
from sarvl.simulation.land_cover import LAND_COVERS, LandCover
from sarvl.simulation.sensor import SENSORS, Sensor

__all__ = [
    "DISPLAY_DB",
    "LAND_COVERS",
    "NOISE_DB",
    "OBJECT_CLASSES",
    "SEEN_FROM",
    "SENSORS",
    "LandCover",
    "Sensor",
    "SimulatedChip",
    "SimulatedObject",
    "simulate_chip",
    "simulate_dataset",
]
