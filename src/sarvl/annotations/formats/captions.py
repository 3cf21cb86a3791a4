"""Caption JSON: COCO captions, the Karpathy form, flat lists, JSON lines (Hugging Face), lists by class (NWPU)."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.image_files import is_image_name
from sarvl.annotations.parsing.caption_keys import FILE_KEYS, caption_values, file_of, has_caption
from sarvl.annotations.parsing.caption_record import producer_of
from sarvl.annotations.parsing.joined_captions import ImageCaptions, caption_records
from sarvl.annotations.parsing.json_entries import json_document, json_entries
from sarvl.annotations.parsing.other_forms import advice_for, advice_of, form_of_entries
from sarvl.annotations.parsing.plain_text import plain_text
from sarvl.annotations.record import Record
from sarvl.errors import AnnotationError
from sarvl.recipes import RecipeModel, RecipePath

_OBJECTS_NOTE = "its objects are left out: format hf_folder reads them"


class CaptionsOptions(RecipeModel):
    """The options of format ``captions``."""

    prefix: str = ""
    """Removed from the front of file names, where it stands there: paths of another machine."""
    refused: RecipePath | None = None
    """JSON lines of the captions that ``sarvl narrate`` refused: each is a reject, with its reason."""


def read_captions(source: FormatInput[CaptionsOptions]) -> Iterator[Record | Reject]:
    """Yield one Record an image, in the order of its first entry; its captions are stripped of outer white space.

    ``theme`` becomes the image's label, ``split`` its official split. A caption that is empty or no text is a Reject;
    exact repeats of an image's captions are left out and noted. What ``refused`` names is a Reject too.
    Raises AnnotationError where the file has none of the forms, or holds no entry.
    Source: Chen et al. 2015 (COCO captions); Karpathy and Fei-Fei 2015 (dataset_*.json, as RSICD, UCM and Sydney are
    published); Cheng et al. 2022 (NWPU-Captions: class -> entries with ``raw``, ``raw_1``, ... ``raw_4``); Hugging Face
    datasets, ``metadata.jsonl``.
    """
    images: dict[str, ImageCaptions] = defaultdict(ImageCaptions)
    entries = _entries(source.annotations)
    for where, entry in entries:
        name = file_of(entry)
        if name is None:
            yield _nameless(entry, where, source.name)
            continue
        name = name.removeprefix(source.options.prefix)
        for problem in _add(entry, images[name]):
            yield Reject(source.name, "caption", name, problem, "write it, or leave it out")
    if not any(rows.captions for rows in images.values()):
        _refuse_another_form(entries, source.annotations)
    yield from caption_records(images, source.name)
    if source.options.refused:
        yield from _refused(source.options.refused, source)


def _refused(path: Path, source: FormatInput[CaptionsOptions]) -> Iterator[Reject]:
    """Yield a Reject for each line of a file of refused captions; AnnotationError where a line is none of these."""
    for where, entry in json_entries(path):
        name, reason = file_of(entry), plain_text(entry.get("reason")) if isinstance(entry, dict) else None
        if name is None or reason is None:
            raise AnnotationError(f"{path}: {where}: no image with a reason; give what `sarvl narrate` refused")
        file = name.removeprefix(source.options.prefix)
        yield Reject(source.name, "caption" if plain_text(entry.get("caption")) else "image", file, reason, "write one")


def _entries(path: Path) -> list[tuple[str, Any]]:
    document = json_document(path)
    if not isinstance(document, dict) or file_of(document):
        entries = list(json_entries(path))
    elif isinstance(document.get("images"), list):
        images = document["images"]
        entries = [(f"{path.name}: images[{number}]", entry) for number, entry in enumerate(images)]
        if isinstance(document.get("annotations"), list):
            entries = [*entries, *_coco_entries(document, path)]
    else:
        entries = [(f"{path.name}: entry {number}", entry) for number, entry in enumerate(_by_class(document, path))]
    if not entries:
        raise AnnotationError(f"{path}: holds no entry; check that the file is complete")
    return entries


def _coco_entries(document: dict[str, Any], path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the annotations of a COCO file, each with the file of its image."""
    annotations = document["annotations"]
    if annotations and not any(map(has_caption, annotations)):
        raise AnnotationError(f"{path}: no annotation has a caption; {advice_for(path, 'captions', document)}")
    files = {str(image.get("id")): file_of(image) for image in document["images"] if isinstance(image, dict)}
    for number, annotation in enumerate(annotations):
        is_entry = isinstance(annotation, dict)
        file = files.get(str(annotation.get("image_id"))) if is_entry else None
        captions = {key: value for key, value in annotation.items() if has_caption({key: value})} if is_entry else {}
        named = {"file_name": file} if file else {"image_id": annotation.get("image_id") if is_entry else None}
        yield f"{path.name}: annotations[{number}]", named | captions


def _by_class(data: dict[str, Any], path: Path) -> list[Any]:
    """Return the entries of an object of lists by class, each with its class as ``theme``, or of captions by image."""
    by_image = all(isinstance(entries, list | str) for entries in data.values()) and all(map(is_image_name, data))
    if not data or not (by_image or all(isinstance(entries, list) for entries in data.values())):
        raise AnnotationError(
            f"{path}: neither a list, nor an object with `images`, nor one of lists by class; "
            f"{advice_for(path, 'captions', data)}"
        )
    if by_image:
        return [{"file_name": name, "captions": captions} for name, captions in data.items()]
    pairs = [(theme, entry) for theme, entries in data.items() for entry in entries]
    return [{"theme": theme} | entry if isinstance(entry, dict) else entry for theme, entry in pairs]


def _add(entry: dict[str, Any], image: ImageCaptions) -> Iterator[str]:
    """Add what an entry says to its image; yield what is wrong with its captions."""
    try:
        texts = caption_values(entry)
    except ValueError as problem:
        texts = []
        yield str(problem)
    captions = [text for text in map(plain_text, texts) if text]
    if producer := producer_of(entry.get("producer")):
        image.producers |= dict.fromkeys(captions, producer)
    yield from ["caption is empty or not text"] * (len(texts) - len(captions))
    image.captions += captions
    label, split = plain_text(entry.get("theme")), entry.get("split")
    image.labels |= {label: None} if label else {}
    image.splits |= {str(split): None} if split else {}
    image.notes |= {_OBJECTS_NOTE: None} if isinstance(entry.get("objects"), dict) else {}


def _nameless(entry: Any, where: str, source: str) -> Reject:
    if isinstance(entry, dict) and "image_id" in entry:
        reason = f"image_id {str(entry['image_id'])[:40]} is not among the images"
        return Reject(source, "caption", where, reason, "correct it, or remove the caption")
    return Reject(source, "image", where, "no file name", f"give one of the keys {', '.join(FILE_KEYS)}")


def _refuse_another_form(entries: list[tuple[str, Any]], path: Path) -> None:
    """Raise AnnotationError where entries without a caption are those of another format."""
    form = form_of_entries([entry for _, entry in entries])
    if form is not None and form.format != "captions":
        raise AnnotationError(f"{path}: no image has a caption; {advice_of(form)}")


FORMAT = Format(
    read_captions,
    CaptionsOptions,
    reads="JSON: COCO captions, RSICD, UCM, Sydney, RSITMD, NWPU-Captions, Hugging Face",
    annotations="the JSON file, or JSON lines",
    gives="captions, scene class, split",
    lists_images=False,
    has_objects=False,
)
