"""Fitting fields to the margins of the targets' chips, several for each split."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from sarvl.simulation.composing.amplitude import Amplitude, amplitude_of, read_of
from sarvl.simulation.composing.compose_recipe import ComposeRecipe, FittedFields
from sarvl.simulation.composing.cut_target import CutTarget, Provenance, TargetImage, reach_px
from sarvl.simulation.composing.fitted_field import draw_field, fit_field
from sarvl.simulation.composing.ground import Ground
from sarvl.simulation.composing.jpeg_tables import Tables
from sarvl.simulation.composing.local_statistics import statistics_of_bands
from sarvl.simulation.composing.object_masks import Mask, grown

_TRIAL_PX = 256


class FieldChips(NamedTuple):
    """The chips that one field is fitted to, and a target of each."""

    targets: tuple[CutTarget, ...]
    images: tuple[TargetImage, ...]


def chips_of_fields(
    targets: Sequence[CutTarget], images: dict[str, TargetImage], clutter: FittedFields, spacing: float
) -> list[FieldChips]:
    """Return the chips of each field: of one split, compressed alike, of one spacing, and next to each other in level.

    spacing: factor within which that of a chip is that of all. Levels of fields are spread as those of chips.
    """
    ordered = sorted(targets, key=lambda target: (*_alike(target), target.statistics[0].level))
    chosen = []
    for _, alike in groupby(ordered, key=_alike):
        usual = _of_usual_spacing(list(alike), spacing)
        wide = min(clutter.chips_a_field, len(usual))
        for start in sorted({int(s) for s in np.linspace(0, len(usual) - wide, clutter.fields)}):
            those = tuple(usual[start : start + wide])
            chosen.append(FieldChips(those, tuple(images[target.provenance.file] for target in those)))
    return chosen


def _alike(target: CutTarget) -> tuple[str, Tables]:
    return target.provenance.split, target.tables or ()


def _of_usual_spacing(targets: list[CutTarget], factor: float) -> list[CutTarget]:
    stated = Counter(target.spacing_m for target in targets if target.spacing_m)
    if not stated:
        return targets
    near = {each: sum(stated[other] for other in stated if _factor(other, each) <= factor) for each in stated}
    usual = max(near, key=lambda each: (near[each], each))
    return [each for each in targets if each.spacing_m and _factor(each.spacing_m, usual) <= factor]


def _factor(spacing_m: tuple[float, float], usual: tuple[float, float]) -> float:
    return max(max(own / other, other / own) for own, other in zip(spacing_m, usual, strict=True))


def fit_chunk(fields: Sequence[FieldChips], recipe: ComposeRecipe) -> list[Ground]:
    """Fit a chunk of fields."""
    return [_fit(chips, recipe) for chips in fields]


def _fit(chips: FieldChips, recipe: ComposeRecipe) -> Ground:
    assert isinstance(recipe.clutter, FittedFields)
    fitted = fit_field([_margin_of(item, recipe) for item in chips.images], recipe.clutter.reach_px)
    trial = draw_field(fitted, _TRIAL_PX, np.random.default_rng(0))
    first = chips.targets[0]
    licences = "; ".join(sorted({target.provenance.licence for target in chips.targets}))
    spacings = [target.spacing_m for target in chips.targets if target.spacing_m]
    return Ground(
        number=0,
        provenance=Provenance(first.provenance.source, "", first.provenance.split, "", licences),
        record={"kind": "fitted", "chips": [target.provenance.file for target in chips.targets]},
        statistics=statistics_of_bands(trial, np.ones(trial.shape[1:], bool)),
        kind=first.kind,
        spacing_m=tuple(np.median(spacings, axis=0).tolist()) if spacings else None,
        tables=first.tables,
        fitted=fitted,
    )


def _margin_of(item: TargetImage, recipe: ComposeRecipe) -> tuple[Amplitude, Mask]:
    """Return the amplitude of a chip, and where no object is in it or near."""
    read = read_of(recipe.targets.source, item.image)
    amplitude = amplitude_of(read)
    taken = np.zeros(amplitude.shape[1:], bool) if read.nodata is None else read.nodata.copy()
    for each in recipe.targets.cut.masks(item.image, item.said, amplitude):
        taken |= grown(each.carried, reach_px(recipe))
    return amplitude, ~taken
