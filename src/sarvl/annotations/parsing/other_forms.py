"""What a file or folder of annotations looks like, to name the format that reads it where it was given to another."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sarvl.annotations.parsing.caption_keys import file_of, has_caption
from sarvl.annotations.parsing.json_entries import MAX_LINE_CHARACTERS, json_entries
from sarvl.errors import AnnotationError

_MOST_FILES = 1000
_MOST_LINES = 20
_HEAD_BYTES = 2**14
_IMAGE_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"})
_SEPARATOR = re.compile(r"[,\s]+")
_DOTA_WORDS, _YOLO_WORDS = 9, 5
_READ_TOO = {  # formats that read the files of others
    "pairs": ("captions", "csv_captions"),
    "hf_folder": ("captions", "csv_captions"),
    "csv_captions": ("hf_folder",),
    "captions": ("hf_folder",),
}
_NO_WAY = "set another format"


class Form(NamedTuple):
    """What a file looks like, and the format that reads it; None where none does, and then what to do."""

    what: str
    format: str | None
    advice: str = ""


COCO = Form("COCO boxes", "coco")
COCO_CAPTIONS = Form("COCO captions", "captions")
CAPTIONS = Form("captions", "captions")
CONVERSATIONS = Form("conversations", "conversations")
LABELME = Form("LabelMe JSON", "labelme")
METADATA = Form("metadata of a Hugging Face folder with objects", "hf_folder")
YOLO, DOTA = Form("YOLO text", "yolo"), Form("DOTA text", "dota")
VOC, FAIR, CVAT = Form("VOC XML", "voc"), Form("FAIR1M XML", "fair"), Form("CVAT for images", "cvat")
RESULTS = Form("what a model has answered, not annotations", None, "give the annotations")
PANOPTIC = Form("COCO panoptic", None, "give its instances file to format coco")
GEOJSON = Form("GeoJSON", None, "convert it to COCO")
VIA = Form("a project of the VGG Image Annotator", None, "export it as COCO")
CVAT_VIDEO = Form("CVAT for video", None, "export it as CVAT for images 1.1")
IMAGES = Form("a folder of images", None, "give annotations, or set format: folders or masks")
HRSC = Form("HRSC2016 XML", None, "convert it to VOC")


def advice_for(path: Path, asked: str, document: Any = None) -> str:
    """Return what to do about annotations that the format ``asked`` cannot read: the format that reads them, if any.

    document: of a JSON file, where it has been read already.
    """
    form = form_of(path) if document is None else _form_of_document(document)
    if form is None or form.format == asked:
        return _NO_WAY
    return advice_of(form)


def advice_of_another(path: Path, asked: str) -> str | None:
    """Return what to do about annotations that look like those of another format than ``asked``; None for its own."""
    form = form_of(path)
    is_own = form is None or form is IMAGES or form.format in {asked, *_READ_TOO.get(asked, ())}
    return None if form is None or is_own else advice_of(form)


def advice_of(form: Form) -> str:
    """Return what to do about annotations of this form."""
    return f"it looks like {form.what}: {f'set format: {form.format}' if form.format else form.advice}"


def form_of(path: Path) -> Form | None:
    """Return what a file, or the files of a folder, look like; None where that cannot be told."""
    try:
        return _form_of_folder(path) if path.is_dir() else _form_of_file(path)
    except (OSError, AnnotationError, UnicodeDecodeError, csv.Error):
        return None


def check_text_form(lines: Sequence[str], asked: str, path: Path) -> None:
    """Raise AnnotationError where lines of label files, the first of each, are all of another format."""
    told = {_form_of_line(line) for line in lines}
    form = told.pop() if len(told) == 1 else None
    if form is not None and form.format != asked:
        raise AnnotationError(f"{path}: it looks like {form.what}: set format: {form.format}")


def _form_of_folder(folder: Path) -> Form | None:
    files = [path for path in islice(folder.rglob("*"), _MOST_FILES) if path.is_file()]
    for ending in (".xml", ".json", ".jsonl", ".parquet", ".txt", ".csv", ".yaml"):
        forms = (_form_of_file(path) for path in sorted(files) if path.suffix.lower() == ending)
        form = next((form for form in islice(forms, _MOST_LINES) if form), None)
        if form:
            return form
    has_images = any(path.suffix.lower() in _IMAGE_ENDINGS for path in files)
    return IMAGES if has_images else None


def _form_of_file(path: Path) -> Form | None:
    reader: dict[str, Callable[[Path], Form | None]] = {
        **dict.fromkeys((".json", ".jsonl", ".ndjson"), _form_of_json),
        ".xml": _form_of_xml,
        ".txt": _form_of_text,
        **dict.fromkeys((".csv", ".tsv"), _form_of_table),
        **dict.fromkeys((".yaml", ".yml"), _form_of_yaml),
        ".parquet": lambda _: Form("metadata of a Hugging Face folder", "hf_folder"),
    }
    read = reader.get(path.suffix.lower())
    return read(path) if read else None


def _form_of_json(path: Path) -> Form | None:
    entries = list(islice(json_entries(path), _MOST_LINES))
    if len(entries) == 1 and isinstance(entries[0][1], dict):
        return _form_of_document(entries[0][1])
    return form_of_entries([entry for _, entry in entries])


def _form_of_document(document: Any) -> Form | None:
    if isinstance(document, list):
        return form_of_entries(document[:_MOST_LINES])
    if not isinstance(document, dict):
        return None
    images = document.get("images")
    if isinstance(images, list) and not any(isinstance(image, str) for image in images[:1]):  # else names, of one entry
        return _form_of_coco(images, document.get("annotations"))
    lists = [value for value in document.values() if isinstance(value, list)]
    by_class = bool(lists) and len(lists) == len(document)  # as NWPU-Captions
    return _form_of_entry(document) or form_of_entries([entry for value in lists for entry in value[:1] if by_class])


def _form_of_coco(images: list[Any], annotations: Any) -> Form | None:
    first = [entry for entry in (annotations if isinstance(annotations, list) else []) if isinstance(entry, dict)]
    for entry in first[:_MOST_LINES]:
        if "caption" in entry:
            return COCO_CAPTIONS
        if "segments_info" in entry:
            return PANOPTIC
        if {"bbox", "segmentation", "category_id"} & entry.keys():
            return COCO
    return CAPTIONS if any(map(has_caption, images[:_MOST_LINES])) else COCO


def form_of_entries(entries: Sequence[Any]) -> Form | None:
    """Return what the entries of a JSON list look like; None where that cannot be told."""
    forms = (_form_of_entry(entry) for entry in entries if isinstance(entry, dict))
    return next((form for form in forms if form), None)


def _form_of_entry(entry: dict[str, Any]) -> Form | None:
    is_answer = "image_id" in entry and ("score" in entry or has_caption(entry)) and file_of(entry) is None
    told = {
        LABELME: isinstance(entry.get("shapes"), list),
        GEOJSON: entry.get("type") == "FeatureCollection",
        VIA: "_via_img_metadata" in entry,
        CONVERSATIONS: bool({"conversations", "messages", "prompts"} & entry.keys()),
        RESULTS: is_answer,
        METADATA: isinstance(entry.get("objects"), dict),
        CAPTIONS: has_caption(entry),
    }
    return next((form for form, is_so in told.items() if is_so), None)


def _form_of_xml(path: Path) -> Form | None:
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES).replace(b"\0", b"").decode("utf-8", "replace")  # UTF-16 has zeros between
    root = re.search(r"<\s*([A-Za-z_]\w*)", re.sub(r"<[?!][^>]*>", "", head))
    if root is None:
        return None
    if root[1] == "annotations":
        return CVAT_VIDEO if re.search(r"<track\b", head) else VOC if re.search(r"<annotation[\s/>]", head) else CVAT
    if root[1] == "annotation":
        return FAIR if re.search(r"<(objects|possibleresult)>", head) else VOC
    return {"ShipList": Form("OpenSARShip's Ship.xml", "opensarship"), "HRSC_Image": HRSC}.get(root[1])


def _form_of_text(path: Path) -> Form | None:
    return next((form for form in map(_form_of_line, _first_lines(path)) if form), None)


def _first_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig") as stream:
        for _ in range(_MOST_LINES):
            yield stream.readline(MAX_LINE_CHARACTERS)


def _form_of_line(line: str) -> Form | None:
    words = _SEPARATOR.split(line.strip(" ,\t\r\n"))
    numbers = [number for word in words if (number := _number(word)) is not None]
    if len(numbers) >= _YOLO_WORDS and len(numbers) == len(words) and all(-1 <= share <= 2 for share in numbers[1:]):
        return YOLO
    is_box = len(words) >= _DOTA_WORDS and all(_number(word) is not None for word in words[: _DOTA_WORDS - 1])
    return DOTA if is_box and _number(words[_DOTA_WORDS - 1]) is None else None


def _number(text: str) -> float | None:
    with suppress(ValueError):
        return float(text)
    return None


def _form_of_table(path: Path) -> Form | None:
    header = next(_first_lines(path), "")
    if "PolygonWKT_Pix" in header:
        return Form("SpaceNet's footprints", "footprints")
    return Form("a caption table", "csv_captions") if re.search(r"caption|title|text|sentence", header, re.I) else None


def _form_of_yaml(path: Path) -> Form | None:
    names = any(line.startswith("names") for line in _first_lines(path))
    return Form("YOLO's data.yaml", "yolo") if names else None
