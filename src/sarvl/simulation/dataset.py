"""A whole simulated data set on disk: images, COCO annotations, and class folders of chips that show one thing each."""

import json
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from sarvl import __version__
from sarvl.errors import ImageError
from sarvl.files import FilePath, replaced_folder, write_text
from sarvl.imagery.geotiff import QUANTITY_TAG
from sarvl.imagery.sar_image import SarImage
from sarvl.imagery.stored_image import GREY
from sarvl.parallel import ordered_map, worker_count
from sarvl.simulation.chip import DISPLAY_DB, ChipSettings, Curve, OutputQuantity, SimulatedChip, chip_from
from sarvl.simulation.coco import OBJECT_CLASSES, annotation_records, coco_document, image_record
from sarvl.simulation.land_cover import LAND_COVERS

MAX_CHIPS = 1_000_000
_MOST_CHIPS_AT_ONCE = 64


class _Job(NamedTuple):
    """One file to make: its number in the seed sequence, its name in the data set, and what must be on it."""

    folder: Path
    seed: int
    number: int
    file_name: str
    settings: ChipSettings
    land_cover: str | None = None
    objects: tuple[str, ...] | None = None


class _Records(NamedTuple):
    image: dict[str, Any]
    annotations: list[dict[str, Any]]


def simulate_dataset(
    out: FilePath,
    *,
    chips: int,
    seed: int = 0,
    size: int = 256,
    spacing_m: float = 1.0,
    looks: int = 1,
    quantity: OutputQuantity = "display",
    curve: Curve = "amplitude",
    class_chips: int = 0,
    workers: int | None = None,
) -> Path:
    """Write a data set to the new folder ``out`` and return it.

    ``images/`` holds ``chips`` images (PNG for display; TIFF with the tag SARVL_QUANTITY for other quantities),
    ``annotations.json`` their boxes and masks in COCO form, ``classes/<class>/`` in turn ``class_chips`` chips of one
    class each: a land cover without objects, or one object. The folder appears at once when all is done. Every chip has
    its own random stream from ``(seed, index)``, so that the same arguments give the same bytes on any number of
    ``workers``.

    workers: processes; all cores by default.

    Raises ImageError where ``out`` exists and is not empty, where another process is writing it, or for arguments that
    cannot be.
    """
    settings = ChipSettings(size, spacing_m, looks, quantity, curve)
    out = Path(out)
    _check(out, chips, class_chips, seed)
    info = {"description": "simulated SAR chips", "version": __version__, "seed": seed, "looks": looks}
    info |= {"quantity": quantity, "spacing_m": spacing_m}
    if quantity == "display":
        info |= {"curve": curve, "display_db": list(DISPLAY_DB)}
    with replaced_folder(out, ImageError) as folder:
        check_new(out)  # another process may have been at work until now
        jobs = [
            *_image_jobs(folder, seed, chips, settings),
            *_class_jobs(folder, seed, chips, class_chips, settings),
        ]
        chunk = max(1, min(_MOST_CHIPS_AT_ONCE, len(jobs) // (4 * worker_count(workers))))
        records = list(ordered_map(make_files, jobs, workers, "simulate", "chips", items_a_chunk=chunk))
        images = [record.image for record in records[:chips]]
        annotations = [annotation for record in records[:chips] for annotation in record.annotations]
        document = coco_document(info, images, annotations)
        write_text(folder / "annotations.json", json.dumps(document, allow_nan=False) + "\n")
    return out


def write_image(path: Path, image: SarImage) -> None:
    """Write a simulated image: PNG where the path says so, which takes one band of ``display``, else TIFF (deflate).

    The tags of a TIFF name the quantity, and its descriptions the bands, but for those named by their own number.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".png":
        encoded, data = cv2.imencode(".png", image.pixels[0])
        if not encoded:
            raise ImageError(f"{path}: OpenCV could not encode the image; check its PNG support")
        path.write_bytes(data.tobytes())
        return
    bands, height, width = image.pixels.shape
    shape = {"count": bands, "height": height, "width": width, "dtype": image.pixels.dtype.name}
    with warnings.catch_warnings():
        # A simulated chip lies nowhere on the map, which rasterio warns of.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", driver="GTiff", compress="deflate", **shape) as target:
            target.write(image.pixels)
            numbered = enumerate(image.bands, start=1)
            target.descriptions = [None if name in (*GREY, str(number)) else name for number, name in numbered]
            target.update_tags(**{QUANTITY_TAG: str(image.quantity)})


def _check(out: Path, chips: int, class_chips: int, seed: int) -> None:
    if not 0 <= chips <= MAX_CHIPS or not 0 <= class_chips <= MAX_CHIPS or chips + class_chips == 0:
        raise ImageError(f"{chips} chips and {class_chips} class chips; ask for 1 to {MAX_CHIPS}")
    if seed < 0:
        raise ImageError(f"seed {seed}; give a seed of 0 or more")
    check_new(out)


def check_new(out: Path) -> None:
    """Raise ImageError where a folder that is to be written holds anything."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ImageError(f"{out}: exists and is not an empty folder; give a new one")


def _image_jobs(folder: Path, seed: int, chips: int, settings: ChipSettings) -> Iterator[_Job]:
    for index in range(chips):
        yield _Job(folder, seed, index, f"images/{index:06d}{_ending(settings)}", settings)


def _class_jobs(folder: Path, seed: int, chips: int, class_chips: int, settings: ChipSettings) -> Iterator[_Job]:
    """One class after the other, so that the classes are balanced; numbered on after the images."""
    bare: list[tuple[str, str | None, tuple[str, ...]]] = [(cover, cover, ()) for cover in LAND_COVERS]
    kinds = bare + [(name, None, (name,)) for name in OBJECT_CLASSES]
    for number in range(class_chips):
        name, cover, objects = kinds[number % len(kinds)]
        file_name = f"classes/{name}/{number // len(kinds):06d}{_ending(settings)}"
        yield _Job(folder, seed, chips + number, file_name, settings, cover, objects)


def _ending(settings: ChipSettings) -> str:
    return ".png" if settings.quantity == "display" else ".tif"


def make_files(jobs: Sequence[_Job]) -> list[_Records]:
    """Make a chunk of files."""
    return [_make(job) for job in jobs]


def _make(job: _Job) -> _Records:
    chip = _chip_of(job)
    write_image(job.folder / job.file_name, chip.image)
    image_id = job.number + 1
    name = Path(job.file_name).name
    return _Records(image_record(chip, image_id, name), annotation_records(chip, image_id))


def _chip_of(job: _Job) -> SimulatedChip:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([job.seed, job.number])))
    return chip_from(rng, job.settings, job.land_cover, job.objects)
