"""init: looks at a folder, tells what it holds, and writes a build recipe to begin with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sarvl.annotations.format import FORMATS
from sarvl.discovery.candidate import Candidate
from sarvl.discovery.folder import LookedAt
from sarvl.discovery.named_by_files import named_by_files, tried_formats
from sarvl.discovery.named_by_images import named_by_images
from sarvl.discovery.recipe_text import is_to_fill, recipe_text, told_briefly
from sarvl.discovery.source_facts import SourceFacts, source_name
from sarvl.discovery.trial import Trial, tried
from sarvl.errors import AnnotationError, RecipeError
from sarvl.files import FilePath, real_path, write_text


@dataclass(frozen=True)
class Beginning:
    """What was found in a folder, and the recipe that says it.

    lines: what was found, in words. to_fill: the lines of the recipe that only the user can fill in, by number.
    """

    recipe: Path
    lines: tuple[str, ...]
    to_fill: tuple[int, ...]


def init(folder: FilePath, out: FilePath, *, force: bool = False) -> Beginning:
    """Look at a folder of images and annotations, and write a build recipe for it to ``out``.

    ``sarvl build`` takes the recipe as it is, unless a line is marked with FILL_IN: what the files do not say is never
    guessed. Raises AnnotationError where no format reads the folder, and RecipeError where ``out`` exists, unless
    ``force`` replaces it.
    """
    folder, out = Path(folder), Path(out)
    if out.exists() and not force:
        raise RecipeError(f"{out}: exists already; choose another --out, or replace it with --force")
    looked = LookedAt.at(folder)
    chosen, others = _chosen(_trials(looked))
    if not chosen:
        raise AnnotationError(_nothing(looked))
    facts = _named(chosen, folder)
    text = recipe_text(folder, facts, others, out.absolute().parent)
    write_text(out, text)
    to_fill = tuple(number for number, line in enumerate(text.splitlines(), 1) if is_to_fill(line))
    lines = [line for source in facts for line in _told(source, folder)]
    lines += [f"also: {told_briefly(other, folder)}" for other in others]
    return Beginning(out, tuple(lines), to_fill)


def _trials(looked: LookedAt) -> list[Trial]:
    by_files = _read_by(list(named_by_files(looked)), looked)
    return [
        *(by_files or _read_by(list(tried_formats(looked)), looked)),
        *_read_by(list(named_by_images(looked)), looked),
    ]


def _read_by(candidates: Sequence[Candidate], looked: LookedAt) -> list[Trial]:
    distinct = {(candidate.format, candidate.annotations, candidate.images): candidate for candidate in candidates}
    return [trial for candidate in distinct.values() if (trial := tried(candidate, looked))]


def _chosen(trials: list[Trial]) -> tuple[list[Trial], list[Trial]]:
    """Return those that are sources of their own, and those that are about the same images, as their file names tell.

    What says most goes first: by objects, texts, masks or labels of its images.
    """
    chosen: list[Trial] = []
    others: list[Trial] = []
    for one in sorted(trials, key=_says, reverse=True):
        taken = any(one.files & other.files for other in chosen)
        (others if taken else chosen).append(one)
    return sorted(chosen, key=lambda one: str(one.candidate.annotations or one.images)), others


def _says(trial: Trial) -> tuple[bool, int, int]:
    """Return what a choice goes by: class folders alone come last; images that something is said of, and how much."""
    said = sum(
        len(image.objects) + len(image.captions) + len(image.model_captions) + len(image.questions)
        for image in trial.kept
    )
    images = sum(
        bool(image.objects or image.captions or image.model_captions or image.questions or image.label)
        for image in trial.kept
    )
    images += sum(bool(image.land_cover) for image in trial.kept)
    return trial.candidate.format != "folders", images, said


def _named(chosen: list[Trial], folder: Path) -> list[SourceFacts]:
    facts: list[SourceFacts] = []
    for trial in chosen:
        annotations, place = trial.candidate.annotations, real_path(folder)
        if len(chosen) > 1:
            place = annotations.with_suffix("") if annotations and annotations.is_file() else real_path(trial.images)
        name = source_name(place, {source.name for source in facts})
        facts.append(SourceFacts(name, trial))
    return facts


def _told(source: SourceFacts, folder: Path) -> list[str]:
    pixels, trial = source.pixels, source.trial
    unit = "objects" if source.has_objects else "images"
    classes = ", ".join(f"{name} {count}" for name, count in source.classes.most_common(20))
    more = f" and {len(source.classes) - 20} more" if len(source.classes) > 20 else ""
    quantities = pixels.quantities.most_common()
    known = ", ".join(f"{name} ({count} of {pixels.looked_into} files read)" for name, count in quantities)
    unknown = f"unknown: {pixels.unknown}" if pixels.unknown else ""
    scenes = "positions in a scene stand in the file names" if source.group else "none that the file names tell surely"
    refused = [f"refused: {count} x {reason}" for reason, count in trial.reasons().most_common(5)]
    return [
        f"source {source.name}: {told_briefly(trial, folder)}",
        *([f"classes ({unit}): {classes}{more}"] if classes else []),
        *(f"{name}: {count}" for name, count in source.texts.items()),
        f"sizes: {source.size_range()}",
        f"quantity: {', '.join(filter(None, (known, unknown))) or 'no file could be read'}",
        f"scenes: {scenes}",
        *refused,
    ]


def _nothing(looked: LookedAt) -> str:
    formats = ", ".join(FORMATS.names())
    return (
        f"{looked.folder}: {len(looked.images)} images, but no annotations of them that a format reads, and no class "
        f"folders; the formats are {formats} (docs/formats.md)"
    )
