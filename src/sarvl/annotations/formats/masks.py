"""Semantic masks: one image of class indices or colours for each image."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sarvl.annotations.annotated_image import AnnotatedObject, LandCoverShare, Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.image_files import ImageFiles
from sarvl.annotations.parsing.listing import without_ending
from sarvl.annotations.parsing.mask_image import UNLABELLED, read_mask
from sarvl.annotations.parsing.mask_parts import connected_boxes
from sarvl.annotations.parsing.other_forms import advice_for
from sarvl.annotations.record import ListedClasses, Record
from sarvl.errors import AnnotationError, ImageError
from sarvl.imagery import read_size
from sarvl.recipes import RecipeModel

_NAMED_AT_MOST = 8
Code = int | Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class MasksOptions(RecipeModel):
    """The options of format ``masks``."""

    classes: dict[Code, Annotated[str, Field(min_length=1)]] = Field(
        min_length=1, examples=[{0: "clutter", 1: "target", 2: "shadow"}]
    )
    """Index, or colour such as ``"#ff0000"`` (in quotes), to the name of its class."""
    ignore: tuple[Code, ...] = ()
    """Indices or colours of pixels that are not labelled: no part of any share. NaN, and a no-data value that the file
    declares and no option names, are not labelled either, which is noted."""
    least_labelled: float = Field(default=0.9, ge=0, le=1)
    """Part of the pixels that must be labelled for shares of these to be told of the image; else it is noted."""
    objects: tuple[str, ...] = ()
    """Classes whose connected parts are objects, with box and area."""
    min_area_px: int = Field(default=1, ge=1)
    """Smaller parts are left out and noted; a class of which no part is left is not said to be absent."""
    land_cover: tuple[str, ...] | None = None
    """The classes whose shares are told; by default all."""
    pattern: re.Pattern[str] | None = Field(default=None, examples=["_sar$"])
    """Regular expression: what it finds in an image's relative path, without the ending, is replaced by ``replacement``
    to give the path of its mask."""
    replacement: str = ""
    """What takes the place of what ``pattern`` finds."""
    labels: Literal["none", "folders"] = "none"
    """``folders`` takes the class of the whole image from its path, as the format ``folders`` does."""
    labelled_object: str | None = None
    """The class in ``objects`` that this is the class of: its parts take the name."""

    @model_validator(mode="after")
    def _consistent(self) -> "MasksOptions":
        if len({type(code) for code in (*self.classes, *self.ignore)}) > 1:
            raise ValueError("classes and ignore mix indices and colours; give one kind")
        twice = sorted(str(code) for code in {*self.classes} & {*self.ignore})
        if twice:
            raise ValueError(f"{twice[0]} stands in both classes and ignore")
        for names in (self.objects, self.land_cover or ()):
            if len({*names}) < len(names):
                raise ValueError(f"{', '.join(names)}: a class stands twice")
        absent = sorted({*self.objects, *(self.land_cover or ())} - {*self.classes.values()})
        if absent:
            raise ValueError(f"{absent[0]} is not among the classes")
        if self.labelled_object and (self.labels == "none" or self.labelled_object not in self.objects):
            raise ValueError("labelled_object needs labels: folders, and must be among the objects")
        if self.pattern:
            try:
                self.pattern.sub(self.replacement, "")
            except (re.error, IndexError) as problem:
                raise ValueError(f"replacement does not fit pattern: {problem}") from problem
        return self

    @property
    def has_colours(self) -> bool:
        """Whether the codes are colours."""
        return any(isinstance(code, str) for code in self.classes)


def read_masks(source: FormatInput[MasksOptions]) -> Iterator[Record | Reject | ListedClasses]:
    """Yield the classes, and one Record an image below ``images`` that matches ``include``, with what its mask says.

    Where folders name the classes of images, the masks do not list all there are.

    The mask, below ``annotations``, has the image's relative path, with any image ending. Images without one mask,
    masks of another size or with values that no option names, and masks without an image are Rejects.
    Raises AnnotationError where a folder is missing or no image is found.
    Source: class shares, SAR-TEXT's SA2C; boxes of connected parts, RemoteCLIP's M2B.
    """
    if source.options.labels == "none":
        yield ListedClasses(tuple(source.options.classes.values()))
    masks = _masks_by_key(source)
    for file in source.listing.images():
        yield file if isinstance(file, Reject) else _read_image(file, masks, source)
    yield from _masks_alone(masks, source)


def mask_paths(source: FormatInput[MasksOptions], files: Iterable[str]) -> dict[str, Path]:
    """Return the path of the one mask of each of the images, which are paths below ``images``."""
    masks = _masks_by_key(source)
    fitting = {file: masks.get(_key_of(file, source.options), []) for file in files}
    return {file: source.annotations / paths[0] for file, paths in fitting.items() if len(paths) == 1}


def _masks_by_key(source: FormatInput[MasksOptions]) -> dict[str, list[str]]:
    files = ImageFiles(source.annotations, f"`annotations` of source {source.name}", source.follow_links)
    masks: dict[str, list[str]] = defaultdict(list)
    for mask in files.all():
        masks[without_ending(mask)].append(mask)
    if not masks:
        raise AnnotationError(f"{source.annotations}: no mask; {advice_for(source.annotations, 'masks')}")
    return masks


def _key_of(file: str, options: MasksOptions) -> str:
    stem = without_ending(file)
    return options.pattern.sub(options.replacement, stem) if options.pattern else stem


def _masks_alone(masks: dict[str, list[str]], source: FormatInput[MasksOptions]) -> Iterator[Reject]:
    """Yield the masks that no image fits; where images and masks share a folder, an image is no mask."""
    wanted = {_key_of(file, source.options) for file in source.files.all()}
    paths = {source.files.path(file) for file in source.files.all()}
    for key in sorted(masks.keys() - wanted):
        for mask in masks[key]:
            if source.annotations / mask not in paths:
                yield Reject(source.name, "image", mask, "mask without an image", "add the image, or remove the mask")


def _read_image(file: str, masks: dict[str, list[str]], source: FormatInput[MasksOptions]) -> Record | Reject:
    label = source.listing.label_of(file) if source.options.labels == "folders" else None
    if isinstance(label, Reject):
        return label
    fitting = masks.get(_key_of(file, source.options), [])
    if len(fitting) != 1:
        reason = f"fits {len(fitting)} masks, such as {fitting[0]} and {fitting[1]}" if fitting else "no mask fits it"
        return Reject(source.name, "image", file, reason, "give one mask, or set `pattern` and `replacement`")
    try:
        return _record_of(file, source.images / file, source.annotations / fitting[0], label, source.options)
    except MemoryError:
        return Reject(source.name, "image", file, "its mask does not fit into memory", "cut both into tiles")
    except ImageError as problem:
        reason = str(problem).replace(f"{source.annotations}/", "")
        return Reject(source.name, "image", file, reason, "correct image or mask, or the options")


def _record_of(file: str, image: Path, mask: Path, label: str | None, options: MasksOptions) -> Record:
    (width, height), size = read_size(image), read_size(mask)
    if size not in {(width, height), read_size(image, as_stored=True)}:  # it may be of the pixels before EXIF's turn
        raise ImageError(f"{mask}: mask is {size[0]} x {size[1]}, its image {width} x {height}")
    codes = read_mask(mask, options.has_colours, [_number(code) for code in (*options.classes, *options.ignore)])
    shares, labelled = _shares(codes, mask, options)
    objects, open_classes, notes = _objects(codes, label, options)
    if absent := int(np.count_nonzero(codes == UNLABELLED)):
        notes = (*notes, f"its mask has no data in {100 * absent / codes.size:.3g} % of the pixels: unlabelled")
    if labelled < options.least_labelled:
        shares, notes = (), (*notes, f"its mask labels {100 * labelled:.3g} % of the pixels: shares left out")
    return Record((file,), size, objects, label, land_cover=shares, open_classes=open_classes, notes=notes)


def _shares(codes: NDArray[Any], mask: Path, options: MasksOptions) -> tuple[tuple[LandCoverShare, ...], float]:
    """Return the share that each class has of the labelled pixels, and the share of these of all.

    Raises ImageError where a code is in no option, or no pixel is labelled.
    """
    pixels: Counter[str] = Counter()
    for code, name in options.classes.items():
        pixels[name] += int(np.count_nonzero(codes == _number(code)))
    not_labelled = [UNLABELLED, *(_number(code) for code in options.ignore)]
    known = [*not_labelled, *(_number(code) for code in options.classes)]
    valid = pixels.total()
    ignored = int(np.isin(codes, not_labelled).sum())
    if valid + ignored != codes.size:
        values = np.unique(codes[~np.isin(codes, known)]).tolist()
        shown = ", ".join(f"#{value:06x}" if options.has_colours else str(value) for value in values[:_NAMED_AT_MOST])
        more = f" and {len(values) - _NAMED_AT_MOST} more" if len(values) > _NAMED_AT_MOST else ""
        raise ImageError(f"{mask}: has {shown}{more}, which neither `classes` nor `ignore` names")
    if not valid:
        raise ImageError(f"{mask}: all its pixels are ignored")
    told = pixels if options.land_cover is None else options.land_cover
    return tuple(LandCoverShare(name, pixels[name] / valid) for name in told if pixels[name]), valid / codes.size


def _objects(
    codes: NDArray[Any], label: str | None, options: MasksOptions
) -> tuple[tuple[AnnotatedObject, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the connected parts of the classes in ``objects``, the classes whose parts are all too small, and notes.

    There is a note on each class with parts left out.
    """
    objects: list[AnnotatedObject] = []
    open_classes, notes = [], []
    for name in options.objects:
        numbers = [_number(code) for code, named in options.classes.items() if named == name]
        parts = connected_boxes(np.isin(codes, numbers))
        shown = label if label and name == options.labelled_object else name
        large = [AnnotatedObject(shown, box, None, float(area)) for box, area in parts if area >= options.min_area_px]
        objects += large
        if len(large) < len(parts):
            open_classes += [] if large else [shown]
            notes.append(f"parts of {name} below {options.min_area_px} px left out: {len(parts) - len(large)}")
    return tuple(objects), tuple(open_classes), tuple(notes)


def _number(code: Code) -> int:
    """Return an index as it is, a colour as 0xRRGGBB."""
    return int(code[1:], 16) if isinstance(code, str) else code


FORMAT = Format(
    read_masks,
    MasksOptions,
    reads="mask images: MSTAR with SARBake masks, OpenEarthMap-SAR, Sen1Floods11",
    annotations="folder of the masks",
    gives="land-cover shares, boxes, class",
)
