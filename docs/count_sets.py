"""Counts the sets that we hold in part, as the ready recipes read them: what docs/sets.md says of "ours".

``python docs/count_sets.py ../shared/data`` prints one row a set. A test holds the page against it.
"""

import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from sarvl.annotations import AnnotatedImage, Reject, read_source
from sarvl.corpus.recipe import BuildRecipe
from sarvl.language import QuestionSettings, ask, describe, survey
from sarvl.recipes import load_recipe

SETS = Path(__file__).resolve().parents[1] / "recipes" / "sets"
_AS_FOLDERS = (
    *("sources.0.format=folders", "sources.0.options={}", "sources.0.images=images", 'sources.0.include="*/*"'),
    *("sources.0.official_splits=false", "sources.0.split=train"),
)


class Held(NamedTuple):
    """A copy beside the project: its recipe, its folder, and how its layout differs from the publisher's."""

    recipe: str
    folder: str
    overrides: tuple[str, ...] = ()


HELD = {
    "ssdd": Held("ssdd", "ssdd", ("sources.0.images=images", "sources.0.annotations=coco.json")),
    "sar-aircraft-1.0": Held(
        "sar-aircraft-1.0",
        "sar_aircraft",
        (
            *("sources.0.images=images", "sources.0.annotations=annotations.xml", "sources.0.options={}"),
            *("sources.0.official_splits=false", "sources.0.split=train"),
        ),
    ),
    "sar-acd": Held("sar-acd", "sar_acd", ('sources.0.include="*/*.jpg"',)),
    "mstar, raw": Held("mstar", "mstar_raw_complex"),
    "mstar, JPEG": Held("mstar", "mstar_soc10", _AS_FOLDERS),
    "opensarship": Held("opensarship", "opensarship"),
    "rsicd": Held(
        "rsicd",
        "rsicd",
        (
            *("sources.0.images=images", "sources.0.annotations=captions.json"),
            *("sources.0.official_splits=false", "sources.0.split=train"),
        ),
    ),
}


class Counts(NamedTuple):
    """What is kept of a set and what is refused. rule_captions: those that rules write, at most five an image."""

    images: int
    objects: int
    captions: int
    rule_captions: int
    refused_images: int
    refused_others: int


class Set(NamedTuple):
    """A set as its recipe reads it."""

    images: list[AnnotatedImage]
    rejects: list[Reject]
    seed: int


def read(held: Held, data: Path) -> Set:
    """Read the sources of a set whose folder of images is there."""
    folder = (data / held.folder).absolute()
    recipe = load_recipe(SETS / f"{held.recipe}.yaml", BuildRecipe, (f"root={folder}", *held.overrides))
    found = [read_source(source) for source in recipe.sources if source.images.is_dir()]
    images = [image for read in found for image in read.images]
    return Set(images, [reject for read in found for reject in read.rejects], recipe.seed)


def count(held: Held, data: Path) -> Counts:
    """Count what is kept and refused of a set."""
    images, rejects, seed = read(held, data)
    written = [image for image in images if not image.captions]
    return Counts(
        images=len(images),
        objects=sum(len(image.objects) for image in images),
        captions=sum(len(image.captions) for image in images),
        rule_captions=sum(len(describe(image, captions=5, seed=seed)) for image in written),
        refused_images=sum(reject.unit == "image" for reject in rejects),
        refused_others=sum(reject.unit != "image" for reject in rejects),
    )


def applications(held: Held, data: Path) -> Counter[str]:
    """Count the questions that the preset ``sarlang`` asks of a set at the published rates, by application."""
    images, _, seed = read(held, data)
    settings = QuestionSettings(balance="published")
    surveyed = survey(images, settings, seed)
    asked = (ask(image, settings, seed, survey=surveyed) for image in images)
    return Counter(question.application or "" for questions in asked for question in questions)


def row_of(counts: Counts) -> str:
    """Return counts as the page tells them, without those that are zero."""
    told = (
        (counts.images, "images"),
        (counts.objects, "objects"),
        (counts.captions, "captions"),
        (counts.rule_captions, "rule captions"),
        (counts.refused_images, "images refused"),
        (counts.refused_others, "objects or captions refused"),
    )
    return ", ".join(f"{number:,} {what}" for number, what in told if number)


if __name__ == "__main__":
    for name, held in HELD.items():
        print(f"{name} | {row_of(count(held, Path(sys.argv[1])))}")
    print(
        *(f"{number:,} {name}" for name, number in applications(HELD["ssdd"], Path(sys.argv[1])).most_common()),
        sep=", ",
    )
