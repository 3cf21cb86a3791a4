"""Composing a whole set: targets are cut, ground is surveyed or fitted, and scenes are made split by split."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sarvl.annotations import AnnotatedImage, Source, read_source
from sarvl.corpus.building.splits import assign_splits, split_rank, too_near
from sarvl.errors import ImageError
from sarvl.files import FilePath, replaced_folder, write_json, write_text
from sarvl.imagery import Quantity
from sarvl.parallel import Pool, map_chunks, open_pool
from sarvl.recipes import recipe_of
from sarvl.simulation.composing.amplitude import PixelKind
from sarvl.simulation.composing.compose_recipe import ComposeRecipe, Cut, FittedFields, OwnImages
from sarvl.simulation.composing.cut_target import CutTarget, RefusedTarget, TargetImage, cut_chunk
from sarvl.simulation.composing.field_fitting import chips_of_fields, fit_chunk
from sarvl.simulation.composing.ground import Ground, survey_chunk
from sarvl.simulation.composing.records import SceneRecord, build_recipe_of, coco_of, record_of, refusals_of
from sarvl.simulation.composing.scene import ADVICE, NONE_LEFT, Stock, compose_scene, stock_of, suited_to
from sarvl.simulation.dataset import check_new, write_image

IMAGES, ANNOTATIONS, REFUSED, BUILD_RECIPE = "images", "annotations.json", "refused.json", "build.yaml"


def compose(recipe: ComposeRecipe | FilePath, out: FilePath, workers: int | None = None) -> Path:
    """Write the scenes of ``recipe`` (one read before, or its file) to the new folder ``out`` and return it.

    ``images/<split>/`` holds them (PNG for display of one band, else TIFF that names its quantity),
    ``annotations.json`` boxes, masks and classes in COCO form with the provenance of every object and of the clutter,
    ``refused.json`` the targets that were not used, with the reason, ``build.yaml`` a recipe for ``sarvl build``. A
    target only enters scenes of its own split, which is the one that ``sarvl build`` gives its image by the same seed.
    The folder appears at once when all is done. Every scene has its own random stream, so that the same recipe gives
    the same bytes on any number of ``workers``.

    workers: processes; all cores by default.

    Raises RecipeError for a faulty recipe, AnnotationError where a source cannot be read, ImageError where ``out``
    exists and is not empty, where another process is writing it, where a split has no target or no clutter, or where
    none of its targets can be set into any.
    """
    recipe, out = recipe_of(recipe, ComposeRecipe), Path(out)
    check_new(out)
    with replaced_folder(out, ImageError) as folder, open_pool(workers) as pool:
        check_new(out)  # another process may have been at work until now
        targets, refused, images = _cut_targets(recipe, pool)
        targets, kind, of_other_kind = _of_usual_kind(targets)
        grounds, ground_refused = _grounds(recipe, targets, images, pool)
        targets, grounds, copies, ground_copies = _without_copies(targets, grounds)
        grounds, ground_of_other_kind = _of_kind(grounds, kind)
        refused += [*of_other_kind, *copies]
        ground_refused += [*ground_copies, *ground_of_other_kind]
        _check_some(recipe, "target", targets, refused)
        _check_some(recipe, "clutter", grounds, ground_refused)
        stocks = {split: stock_of([t for t in targets if t.provenance.split == split]) for split in recipe.scenes}
        for split, stock in stocks.items():
            _check_fit(split, stock, [ground for ground in grounds if ground.provenance.split == split], recipe)
        jobs = list(_jobs(folder, recipe, grounds))
        work = partial(make_scenes, recipe=recipe, stocks=stocks)
        records = list(chain.from_iterable(map_chunks(pool, work, jobs, "compose", "scenes", items_a_chunk=4)))
        for split in recipe.scenes:
            _check_set(split, [record for record in records if record.image["split"] == split], recipe.objects.least)
        _write(folder, recipe, records, [*refused, *ground_refused], str(grounds[0].kind.quantity))
    return out


class _Job(NamedTuple):
    """One scene to make: its number among all, which seeds it, its file below ``images``, and the ground it is on."""

    folder: Path
    number: int
    file_name: str
    ground: Ground


def make_scenes(jobs: Sequence[_Job], recipe: ComposeRecipe, stocks: dict[str, Stock]) -> list[SceneRecord]:
    """Make a chunk of scenes."""
    return [_make(job, recipe, stocks[job.ground.provenance.split]) for job in jobs]


def _make(job: _Job, recipe: ComposeRecipe, stock: Stock) -> SceneRecord:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([recipe.seed, job.number])))
    scene = compose_scene(job.ground, stock, recipe, rng)
    write_image(job.folder / IMAGES / job.file_name, scene.image)
    return record_of(scene, job.file_name)


def _jobs(folder: Path, recipe: ComposeRecipe, grounds: Sequence[Ground]) -> Iterator[_Job]:
    """Yield the scenes split by split; a ground is only used again once all of its split were."""
    kind = grounds[0].kind
    ending = ".png" if kind.quantity is Quantity.DISPLAY and len(kind.bands) == 1 else ".tif"
    number = 0
    for position, (split, count) in enumerate(recipe.scenes.items()):
        those = [ground for ground in grounds if ground.provenance.split == split]
        order = np.random.default_rng([recipe.seed, position]).permutation(len(those))
        for index in range(count):
            ground = those[order[index % len(those)]]
            yield _Job(folder, number, f"{split}/{ground.provenance.group}-{number:06d}{ending}", ground)
            number += 1


def _cut_targets(
    recipe: ComposeRecipe, pool: Pool
) -> tuple[list[CutTarget], list[RefusedTarget], dict[str, TargetImage]]:
    """Return the targets that can be used, those that cannot, and the images by file."""
    images, refused = images_of(recipe.targets.source, recipe.targets.cut, recipe.seed)
    results = map_chunks(pool, partial(cut_chunk, recipe=recipe), images, "cut targets", "images")
    every = list(chain.from_iterable(chain.from_iterable(results)))
    targets, _, copies, _ = _without_copies([item for item in every if isinstance(item, CutTarget)], ())
    refused += [item for item in every if isinstance(item, RefusedTarget)]
    return targets, [*refused, *copies], {item.image.file: item for item in images}


def images_of(source: Source, cut: Cut | None, seed: int) -> tuple[list[TargetImage], list[RefusedTarget]]:
    """Return the images of a source with their splits, and those that it refuses."""
    read = read_source(source)
    splits = assign_splits(read.images, source, seed)
    near = too_near(read.images, source, splits)
    said = cut.listed(source, read.images) if cut else {}
    refused = [RefusedTarget(item.file, "", None, None, item.reason) for item in read.rejects]
    refused += [_near_another(read.images[index], splits[index]) for index in near]
    pairs = enumerate(zip(read.images, splits, strict=True))
    return [TargetImage(i, split, said.get(i.file)) for n, (i, split) in pairs if n not in near], refused


def _near_another(image: AnnotatedImage, split: str) -> RefusedTarget:
    return RefusedTarget(image.file, split, None, None, "too near to an image of another split")


def _without_copies(
    targets: Sequence[CutTarget], grounds: Sequence[Ground]
) -> tuple[list[CutTarget], list[Ground], list[RefusedTarget], list[RefusedTarget]]:
    """Return what is not in a file of the same bytes as one of a higher split, which keeps it, and both others."""
    highest: dict[str | None, str] = {}
    both: list[CutTarget | Ground] = [*targets, *grounds]
    for item in both:
        split = item.provenance.split
        highest[item.sha256] = max(split, highest.get(item.sha256, split), key=split_rank)

    def is_copy(item: CutTarget | Ground) -> bool:
        return item.sha256 is not None and highest[item.sha256] != item.provenance.split

    reason = "the same bytes as an image of another split"
    refused = [
        RefusedTarget(item.provenance.file, item.provenance.split, item.class_name, item.box, reason)
        for item in targets
        if is_copy(item)
    ]
    ground_refused = [
        RefusedTarget(item.provenance.file, item.provenance.split, None, None, f"clutter of {reason}")
        for item in grounds
        if is_copy(item)
    ]
    return [t for t in targets if not is_copy(t)], [g for g in grounds if not is_copy(g)], refused, ground_refused


def _grounds(
    recipe: ComposeRecipe, targets: Sequence[CutTarget], images: dict[str, TargetImage], pool: Pool
) -> tuple[list[Ground], list[RefusedTarget]]:
    """Return the ground of all splits, numbered and named, and the images that are none."""
    results: list[Ground | RefusedTarget]
    if isinstance(recipe.clutter, FittedFields):
        fields = chips_of_fields(targets, images, recipe.clutter, recipe.match.spacing)
        results = _mapped(pool, partial(fit_chunk, recipe=recipe), fields, "fit clutter", "fields")
        refused: list[RefusedTarget] = []
    else:
        candidates, refused = images_of(recipe.clutter.source, recipe.clutter.cut, recipe.seed)
        results = _mapped(pool, partial(survey_chunk, recipe=recipe), candidates, "survey clutter", "images")
    grounds = [item for item in results if isinstance(item, Ground)]
    return _named(grounds), [*refused, *(item for item in results if isinstance(item, RefusedTarget))]


def _mapped(pool: Pool, work: Callable[[Any], list[Any]], items: Sequence[Any], label: str, unit: str) -> list[Any]:
    return list(chain.from_iterable(map_chunks(pool, work, items, label, unit, items_a_chunk=8)))


def _named(grounds: Sequence[Ground]) -> list[Ground]:
    """Return grounds with a name for their scene that can stand in a file's, shared by images of one scene."""
    names: dict[tuple[str, str], str] = {}
    named = []
    for number, ground in enumerate(grounds):
        place = ground.provenance.split, ground.provenance.group or f"field {number}"
        name = names.setdefault(place, f"{'c' if ground.image else 'f'}{len(names):05d}")
        named.append(_with_name(ground, name, place[1]))
    return named


def _with_name(ground: Ground, name: str, scene: str) -> Ground:
    return replace(ground, provenance=ground.provenance._replace(group=name), record=ground.record | {"scene": scene})


def _of_usual_kind(
    targets: Sequence[CutTarget],
) -> tuple[list[CutTarget], PixelKind | None, list[RefusedTarget]]:
    """Return targets whose pixels are what those of most are, what these are, and the other targets."""
    kinds = Counter(target.kind for target in targets)
    usual = max(kinds, key=lambda kind: (kinds[kind], str(kind)), default=None)
    refused = [
        RefusedTarget(t.provenance.file, t.provenance.split, t.class_name, t.box, f"is {t.kind}; most are {usual}")
        for t in targets
        if t.kind != usual
    ]
    return [target for target in targets if target.kind == usual], usual, refused


def _of_kind(grounds: Sequence[Ground], kind: PixelKind | None) -> tuple[list[Ground], list[RefusedTarget]]:
    """Return grounds whose pixels are what those of targets are, and the others; ImageError where all are others."""
    if grounds and kind and all(ground.kind != kind for ground in grounds):
        told = f"targets are {kind}, clutter is {grounds[0].kind}"
        raise ImageError(f"pixels differ: {told}; give targets and clutter of one quantity and the same bands")
    refused = [
        RefusedTarget(g.provenance.file, g.provenance.split, None, None, f"clutter is {g.kind}; targets are {kind}")
        for g in grounds
        if g.kind != kind
    ]
    return [ground for ground in grounds if ground.kind == kind], refused


def _check_some(
    recipe: ComposeRecipe, what: str, those: Sequence[CutTarget | Ground], refused: Sequence[RefusedTarget]
) -> None:
    """Raise ImageError where a split has no target, or no clutter."""
    for split in recipe.scenes:
        if not any(item.provenance.split == split for item in those):
            told, advice = _refusals_told([item for item in refused if item.split in (split, "")])
            raise ImageError(f"split {split} has no {what}{told}; {advice}")


def _refusals_told(refused: Sequence[RefusedTarget]) -> tuple[str, str]:
    """Return for what reason most were refused, in words, and what to do: about that reason where there is no other."""
    advice = "give its source more images, or ask for no such scenes"
    if not refused:
        return "", advice
    reasons = Counter((item.reason, item.advice) for item in refused)
    (reason, own_advice), count = _commonest(reasons)
    told = f" ({len(refused)} refused, {count} of them: {reason})"
    return told, own_advice if own_advice and count == len(refused) else advice


def _check_fit(split: str, stock: Stock, grounds: Sequence[Ground], recipe: ComposeRecipe) -> None:
    """Raise ImageError where no target of a split suits any of its grounds: all scenes would stay empty."""
    reasons: Counter[str] = Counter()
    for ground in grounds:
        suited, refused = suited_to(ground, stock, recipe)
        if suited:
            return
        reasons += refused
    raise _none_fits(split, reasons)


def _check_set(split: str, records: Sequence[SceneRecord], least: int) -> None:
    """Raise ImageError where no target was set into any scene of a split, though scenes lack some."""
    is_set = any("cut_from" in entry for record in records for entry in record.annotations)
    if not is_set and any(record.lacks_some(least) for record in records):
        reasons = sum((record.refused for record in records), Counter[str]())
        del reasons[NONE_LEFT]  # of which the other reasons are the cause
        raise _none_fits(split, reasons)


def _none_fits(split: str, reasons: Counter[str]) -> ImageError:
    reason, count = _commonest(reasons)
    told = f"split {split}: no target fits any clutter ({reasons.total()} tried, {count} of them: {reason})"
    return ImageError(f"{told}; {ADVICE.get(reason, 'give other targets, or raise `match.evenness`')}")


def _commonest(counts: Counter[Any]) -> tuple[Any, int]:
    return min(counts.items(), key=lambda item: (-item[1], item[0]))


def _write(
    folder: Path, recipe: ComposeRecipe, records: list[SceneRecord], refused: list[RefusedTarget], quantity: str
) -> None:
    labelled = recipe.clutter.source.labelled_classes if isinstance(recipe.clutter, OwnImages) else ()
    classes = sorted({*labelled, *(entry["class_name"] for record in records for entry in record.annotations)})
    document = coco_of(records, classes, refused, recipe)
    write_text(folder / ANNOTATIONS, json.dumps(document, allow_nan=False) + "\n")
    write_json(folder / REFUSED, refusals_of(refused))
    write_text(folder / BUILD_RECIPE, build_recipe_of(records, classes, quantity, recipe))
