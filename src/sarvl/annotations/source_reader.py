"""Reading a source: its format's records, the image files they name, checked boxes, and all that was refused."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from sarvl.annotations.annotated_image import AnnotatedImage, IsA, LandCoverShare, Reject
from sarvl.annotations.class_check import check_classes, classes_of, names_in_texts
from sarvl.annotations.folder_files import LEADS_OUT as LINK_LEADS_OUT
from sarvl.annotations.folder_files import FolderFiles, advice_of_link, files_below
from sarvl.annotations.format import FORMATS, FormatInput
from sarvl.annotations.groups import groups_of
from sarvl.annotations.image_files import LEADS_OUT, ImageFiles
from sarvl.annotations.joining import joined, left_open, name_one_image
from sarvl.annotations.parsing.kept_objects import kept_objects, with_note_on_open
from sarvl.annotations.parsing.listing import ImageListing
from sarvl.annotations.parsing.other_forms import advice_of_another
from sarvl.annotations.parsing.plain_text import escaped, plain_text
from sarvl.annotations.parsing.text_checks import check_texts, name_problem
from sarvl.annotations.record import ListedClasses, Record
from sarvl.annotations.source import Source
from sarvl.annotations.split_name import SPLIT_NAME
from sarvl.annotations.wider_classes import without_second_labels
from sarvl.errors import AnnotationError, ImageError
from sarvl.imagery import read_size

_MOST_FILE_CHARACTERS = 4096  # what a path may have
_MOST_REASON_CHARACTERS = 5000  # a path, and what is wrong with it
_CHECKED_LATER = {"objects", "open_classes"}
_AS_READ = {field.name for field in fields(AnnotatedImage)} & set(Record._fields) - _CHECKED_LATER
_FIND_ADVICE = "put the image into the folder, or correct the name"


@dataclass(frozen=True, slots=True)
class SourceImages:
    """All that was read of one source: ``images_in`` = len(images) + rejects of unit ``image``.

    not_named: image files that no annotation names, for formats that do not list the images themselves. hidden: files
    and folders that were passed over because their names begin with a dot, and the like.
    warnings: what the user should look at, one line each. classes: all that the annotations name, as texts call them.
    lists_classes: whether the annotations list their classes, those without objects too.
    """

    images: tuple[AnnotatedImage, ...]
    rejects: tuple[Reject, ...]
    not_named: int = 0
    hidden: int = 0
    warnings: tuple[str, ...] = ()
    classes: frozenset[str] = frozenset()
    lists_classes: bool = False

    @property
    def images_in(self) -> int:
        """How many images the source names; one that several entries name counts once."""
        return len(self.images) + sum(reject.unit == "image" for reject in self.rejects)


class _Read(NamedTuple):
    """An image, and the names that its first entry looks for."""

    image: AnnotatedImage
    names: tuple[str, ...]


def read_source(source: Source) -> SourceImages:
    """Read every image that ``source`` names, in the order of their relative paths.

    Images that are missing, ambiguous or unreadable, boxes without area or outside their image, and names and texts of
    absurd length are returned as rejects; clipped boxes are told in ``AnnotatedImage.notes``. Several entries of one
    file are joined; where they contradict each other, the first is kept. Of a class of which an object was refused,
    nothing is counted or denied in that image (``AnnotatedImage.open_classes``).
    Raises AnnotationError where the annotations as a whole cannot be read, or list their classes and the recipe names
    one that they have not.
    """
    given = input_of(source)
    read: dict[str, _Read] = {}
    rejects: list[Reject] = []
    refused: Iterable[Reject]
    met: set[str] = set()
    listed: set[str] | None = None
    for item in _items_of(given, source):
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        if isinstance(item, ListedClasses):
            listed = {*item.names, *(listed or ())}
            continue
        met.update(classes_of(item))
        record, refused = check_texts(item, source.name)
        rejects += refused
        resolved = _resolve(record, given.files, source)
        if isinstance(resolved, Reject):
            rejects.append(resolved)
            continue
        image, refused = _with_objects(resolved, record, source)
        rejects += refused
        if image.file in read:
            rejects += _take_in_again(read, _Read(image, record.names), source)
        else:
            read[image.file] = _Read(image, record.names)
    images = {file: with_note_on_open(without_second_labels(item.image, source)) for file, item in read.items()}
    ordered = [images[file] for file in sorted(images)]
    groups = groups_of(ordered, source)
    kept = tuple(replace(image, group=group) for image, group in zip(ordered, groups, strict=True))
    rejects += _refused_links(given)
    not_named = 0 if FORMATS.get(source.format).lists_images else len(_not_named(given.files, images, rejects))
    hidden = len({folder.folder / name for folder in _folders(given) for name in folder.hidden})
    warnings = check_classes(source, met, listed)
    classes = frozenset(names_in_texts(source, {*met, *(listed or ())}) if met or listed else ())
    refusals = tuple(_tellable(reject) for reject in rejects)
    return SourceImages(kept, refusals, not_named, hidden, warnings, classes, listed is not None)


def _items_of(given: FormatInput[Any], source: Source) -> Iterator[Record | Reject | ListedClasses]:
    """Yield what the format reads; where it cannot read annotations of another form, name the format that does."""
    try:
        yield from FORMATS.get(source.format).read(given)
    except AnnotationError as problem:
        advice = advice_of_another(given.annotations, source.format) if source.annotations else None
        if advice is None or "it looks like" in str(problem):
            raise
        reason = str(problem).rpartition("; ")[0] or str(problem)
        raise AnnotationError(f"{reason}; {advice}") from problem


def _folders(given: FormatInput[Any]) -> list[FolderFiles]:
    return [given.files.below, *([given.annotation_files] if given.annotation_files else [])]


def _refused_links(given: FormatInput[Any]) -> list[Reject]:
    """Return a Reject for each link that is not followed, once where images and annotations share a folder."""
    links = {
        folder.folder / name: (name, reason) for folder in _folders(given) for name, reason in folder.refused.items()
    }
    return [Reject(given.name, "image", name, reason, advice_of_link(reason)) for name, reason in links.values()]


def _not_named(files: ImageFiles, images: Collection[str], rejects: list[Reject]) -> set[str]:
    return {*files.all()} - {*images} - {reject.file for reject in rejects}


def input_of(source: Source) -> FormatInput[Any]:
    """Return what the reader of the source's format is given; AnnotationError where the folder of images is missing."""
    files = ImageFiles(source.images, f"`images` of source {source.name}", source.follow_links)
    annotations = source.annotations or source.images
    below: FolderFiles | None = files.below
    if annotations != source.images:
        below = files_below(annotations, source.follow_links) if annotations.is_dir() else None
    return FormatInput(
        name=source.name,
        images=source.images,
        annotations=annotations,
        options=source.options,
        files=files,
        listing=ImageListing(files.below, source.name, source.include, source.label_pattern),
        class_names=source.class_names,
        annotation_files=below,
        follow_links=source.follow_links,
    )


def _tellable(reject: Reject) -> Reject:
    """Return the reject cut to what can be told, and what UTF-8 cannot hold as escapes: reasons may quote the file."""
    file, reason = reject.file[:_MOST_FILE_CHARACTERS], reject.reason[:_MOST_REASON_CHARACTERS]
    return reject._replace(file=escaped(file), reason=escaped(reason))


def _take_in_again(read: dict[str, _Read], again: _Read, source: Source) -> list[Reject]:
    """Join a further entry of a file with the first; refuse it where the two cannot be of one image."""
    file, first = again.image.file, read[again.image.file]
    image = joined(first.image, again.image, source) if name_one_image(first.names, again.names) else "name"
    if isinstance(image, AnnotatedImage):
        read[file] = _Read(image, first.names)
        return []
    read[file] = _Read(left_open(first.image, again.image), first.names)
    reason = f"{file} is annotated twice, and the entries differ in {image}"
    return [Reject(source.name, "image", again.names[0], reason, "keep one of the two entries")]


def _resolve(record: Record, files: ImageFiles, source: Source) -> AnnotatedImage | Reject:
    """Find the record's file and size; all of the image but its objects and group."""
    try:
        file = files.find(record.names)
    except LookupError as problem:
        return Reject(source.name, "image", record.names[0], str(problem), _advice(str(problem), source))
    split = record.official_split or _split_in_path(file, source)
    refused = _name_refusal(file, record.label, split, source)
    if refused:
        return Reject(source.name, "image", file, *refused)
    path = files.path(file)
    try:
        width, height = record.size or read_size(path)
    except ImageError as problem:
        return Reject(source.name, "image", file, str(problem), "replace the file")
    names = source.names_of(record.label) if record.label else ()
    resolved = {
        "file": file,
        "path": path,
        "width": width,
        "height": height,
        "label": names[0] if names else None,
        "label_names": names,
        "land_cover": _land_cover(record.land_cover, source),
        "labelled_classes": source.labelled_classes,
        "is_a": tuple(IsA(*pair) for pair in sorted(source.is_a.items())),
        "wording": source.wording,
        "official_split": split,
        "spacing_m": record.spacing_m or ((source.spacing_m,) * 2 if source.spacing_m else None),
        "looks": record.looks or source.looks,
    }
    return AnnotatedImage(**{name: getattr(record, name) for name in _AS_READ} | resolved)


def _advice(problem: str, source: Source) -> str:
    """Return what to do about an image that cannot be found."""
    if problem == LEADS_OUT and "prefix" in type(source.options).model_fields:
        return "set option prefix to what stands there before the path below the image folder"
    return advice_of_link(LINK_LEADS_OUT) if problem.endswith(LINK_LEADS_OUT) else _FIND_ADVICE


def _name_refusal(file: str, label: str | None, split: str | None, source: Source) -> tuple[str, str] | None:
    """Return the reason and the advice where the file, its class or its split has a name that cannot be."""
    if plain_text(file) is None:
        return "its name is not UTF-8", "rename it"
    problem = name_problem(label) if label else None
    if problem:
        return problem, "correct the class of the image"
    if source.official_splits and split and not SPLIT_NAME.fullmatch(split):
        return f"{split[:40]!r} is no name of a split", "use letters, digits, _ and - alone, or correct split_pattern"
    return None


def _land_cover(shares: tuple[LandCoverShare, ...], source: Source) -> tuple[LandCoverShare, ...]:
    """Return the shares by the names used in texts, classes of one name added up, the largest first."""
    total: Counter[str] = Counter()
    for item in shares:
        total[source.names_of(item.class_name)[0]] += item.share  # type: ignore[assignment]
    ordered = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    return tuple(LandCoverShare(name, float(share)) for name, share in ordered)


def _split_in_path(file: str, source: Source) -> str | None:
    match = re.search(source.split_pattern, file) if source.split_pattern else None
    return match["split"] if match else None


def _with_objects(image: AnnotatedImage, record: Record, source: Source) -> tuple[AnnotatedImage, tuple[Reject, ...]]:
    kept = kept_objects(record.objects, record.refused, record.open_classes, image, source)
    notes = tuple(escaped(note[:_MOST_REASON_CHARACTERS]) for note in (*image.notes, *kept.notes))
    return replace(image, objects=kept.objects, open_classes=kept.open_classes, notes=notes), kept.rejects
