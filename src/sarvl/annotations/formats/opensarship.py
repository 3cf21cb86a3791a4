"""OpenSARShip: Sentinel-1 chips of ships matched with AIS; a folder a product, with ``Ship.xml`` and the patches."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import model_validator

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.plain_text import escaped, plain_text
from sarvl.annotations.parsing.ship_xml import SHIP_XML, Product, Ship, read_product, read_ships
from sarvl.annotations.record import Record
from sarvl.errors import AnnotationError
from sarvl.recipes import RecipeModel

NO_TYPES = frozenset({"", "NA", "Unspecified", "Reserved"})
_PATCH = re.compile(r"(?:Visual_)?(?P<type>.+)_x(?P<x>\d{1,9})_y(?P<y>\d{1,9})(?:_(?P<polarisation>[vh]{2}))?\.tif")


class OpenSARShipOptions(RecipeModel):
    """The options of format ``opensarship``."""

    patches: Literal["Patch_Uint8", "Patch_Cal"] = "Patch_Uint8"
    """Which folder of a product is read."""
    polarisation: Literal["vv", "vh", "hh", "hv"] | None = None
    """Of ``Patch_Uint8``, which has a file for each; both by default. ``Patch_Cal`` has both in one file: choose with
    ``bands`` of the source."""
    label: Literal["elaborated", "ais"] = "elaborated"
    """The type in the ship register (``Bulk Carrier``), or ``ais``: the coarser one in the patch's name (``Cargo``),
    which also stands in where the register has none."""

    @model_validator(mode="after")
    def _consistent(self) -> "OpenSARShipOptions":
        if self.patches == "Patch_Cal" and self.polarisation:
            raise ValueError("Patch_Cal has all polarisations in one file; choose with `bands` of the source")
        return self


class _Patch(NamedTuple):
    """A patch: its path relative to the image folder, and the AIS type in its name."""

    file: str
    type: str


def read_opensarship(source: FormatInput[OpenSARShipOptions]) -> Iterator[Record | Reject]:
    """Yield one Record a patch that matches ``include``, product by product, ship by ship.

    The label is the ship's type, ``target_size_m`` its AIS length and width, ``position`` the chip's centre;
    ``spacing_m`` and ``looks`` come from the product's metadata. A ship without a patch and a patch without a ship are
    Rejects. Raises AnnotationError where the folder holds no product.
    Source: Huang et al. 2018, OpenSARShip.
    """
    options = source.options
    included = set(source.listing.files())
    folders = sorted(source.images.iterdir())
    products = [folder for folder in folders if (folder / SHIP_XML).is_file() or (folder / options.patches).is_dir()]
    if not products:
        raise AnnotationError(f"{source.images}: no folder with {SHIP_XML} and {options.patches}; correct `images`")
    for folder in products:
        for item in _read_folder(folder, source):
            if isinstance(item, Reject) or item.names[0] in included:
                yield item


def _read_folder(folder: Path, source: FormatInput[OpenSARShipOptions]) -> Iterator[Record | Reject]:
    patches: dict[tuple[int, int], list[_Patch]] = defaultdict(list)
    for item in _patches(folder, source):
        if isinstance(item, Reject):
            yield item
        else:
            centre, patch = item
            patches[centre].append(patch)
    try:
        ships, notes = read_ships(folder / SHIP_XML)
    except AnnotationError as problem:
        reason = str(problem).replace(f"{source.images}/", "")
        yield from _all_refused(patches, folder, reason, source)
        if not patches:
            yield Reject(source.name, "image", f"{folder.name}/{SHIP_XML}", reason, "correct or remove the product")
        return
    product = read_product(folder)
    for number, ship in enumerate(ships):
        own = patches.pop(ship.centre, []) if ship.centre else []
        if not own:
            where = f"{folder.name}/{SHIP_XML}: ship {number}"
            reason = "has no patch" if ship.centre else "has no Center_x and Center_y"
            yield Reject(source.name, "image", where, reason, "add its patch, or remove the ship")
        for patch in own:
            yield _record_of(patch, ship, product, notes, source)
    yield from _all_refused(patches, folder, f"no ship in {SHIP_XML} has this centre", source)


def _all_refused(
    patches: dict[tuple[int, int], list[_Patch]], folder: Path, reason: str, source: FormatInput[OpenSARShipOptions]
) -> Iterator[Reject]:
    for patch in (patch for own in patches.values() for patch in own):
        yield Reject(source.name, "image", patch.file, reason, f"correct {folder.name}/{SHIP_XML}, or remove the patch")


def _patches(
    folder: Path, source: FormatInput[OpenSARShipOptions]
) -> Iterator[tuple[tuple[int, int], _Patch] | Reject]:
    """Yield the centre in the scene and the patch, for the wanted polarisation, in the order of the names."""
    options = source.options
    for path in sorted((folder / options.patches).glob("*")):
        file = path.relative_to(source.images).as_posix()
        match = _PATCH.fullmatch(path.name)
        if match is None or plain_text(file) is None:
            yield Reject(
                source.name, "image", escaped(file), "its name gives no centre", "name it <type>_x<x>_y<y>.tif"
            )
        elif options.polarisation in {None, match["polarisation"]}:
            yield (int(match["x"]), int(match["y"])), _Patch(file, match["type"])


def _record_of(
    patch: _Patch, ship: Ship, product: Product, notes: tuple[str, ...], source: FormatInput[OpenSARShipOptions]
) -> Record:
    elaborated = source.options.label == "elaborated" and ship.elaborated_type not in NO_TYPES
    return Record(
        (patch.file,),
        label=ship.elaborated_type if elaborated else patch.type,
        spacing_m=product.spacing_m(ship.incidence_degrees),
        looks=product.looks,
        target_size_m=ship.size_m,
        position=ship.position,
        notes=(*notes, *ship.notes, *product.notes),
    )


FORMAT = Format(
    read_opensarship,
    OpenSARShipOptions,
    reads="Sentinel-1 ship chips with AIS",
    annotations=None,
    gives="ship type and size, position, spacing",
)
