"""The captions of images that several rows or entries of a file name, joined by image."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.parsing.caption_record import caption_record
from sarvl.annotations.record import Record


@dataclass
class ImageCaptions:
    """What the rows of one image say; the keys of ``labels`` and ``splits`` stand in the order of the rows.

    producers: of the captions that a model wrote, which.
    """

    captions: list[str] = field(default_factory=list)
    producers: dict[str, str] = field(default_factory=dict)
    labels: dict[str, None] = field(default_factory=dict)
    splits: dict[object, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)


def caption_records(images: dict[str, ImageCaptions], source: str) -> Iterator[Record | Reject]:
    """Yield the Record of each image, in the order of its first row; without a caption or with two splits a Reject."""
    for file, rows in images.items():
        several = next((values for values in (rows.labels, rows.splits) if len(values) > 1), None)
        if not rows.captions:
            yield Reject(source, "image", file, "no caption", "write captions, or remove its entry")
        elif several:
            what = "split" if several is rows.splits else "class"
            shown = " and ".join(str(value)[:40] for value in several)
            yield Reject(source, "image", file, f"has more than one {what}: {shown}", f"give it one {what}")
        else:
            label, split = next(iter(rows.labels), None), next(iter(rows.splits), None)
            record = caption_record(file, rows.captions, label, split, rows.producers)
            yield record._replace(notes=(*record.notes, *rows.notes))
