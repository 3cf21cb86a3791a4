"""The sentences of ``data/``, each with the annotated image that it speaks of."""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from language_examples import ground, rich

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box

DATA = Path(__file__).parent / "data"


class Sentence(NamedTuple):
    half: str
    kind: str
    scene: str
    text: str


def sentences(file: str) -> list[Sentence]:
    """Return the sentences of ``hostile.yaml`` or ``true_paraphrases.yaml``."""
    halves = yaml.safe_load((DATA / file).read_text(encoding="utf-8"))
    return [
        Sentence(half, kind, scene, text)
        for half, kinds in halves.items()
        for kind, scenes in kinds.items()
        for scene, texts in scenes.items()
        for text in texts.splitlines()
    ]


@cache
def scene(name: str) -> AnnotatedImage:
    fields: dict[str, Any] = yaml.safe_load((DATA / "scenes.yaml").read_text(encoding="utf-8"))[name]
    objects = [_object(class_name, box) for class_name, boxes in fields.pop("boxes", {}).items() for box in boxes]
    for field in ("labelled_classes", "spacing_m"):
        if field in fields:
            fields[field] = tuple(fields[field])
    if "label" in fields:
        fields["label_names"] = (fields["label"],)
    return rich(objects, **fields | {"land_cover": ground(**fields.get("land_cover", {}))})


def _object(class_name: str, box: list[float]) -> AnnotatedObject:
    if len(box) == 4:
        return AnnotatedObject(class_name, Box(*box))
    xs, ys = box[::2], box[1::2]
    return AnnotatedObject(class_name, Box(min(xs), min(ys), max(xs), max(ys)), tuple(box))
