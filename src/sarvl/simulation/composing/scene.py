"""One composed scene: ground laid out, targets drawn, each set where it fits."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarvl.imagery import Quantity, SarImage
from sarvl.simulation.composing.amplitude import dithered, image_of
from sarvl.simulation.composing.blending import Patch, blended, patch_of, resampled_patch_of
from sarvl.simulation.composing.compose_recipe import ComposeRecipe
from sarvl.simulation.composing.cut_target import CutTarget, unusable
from sarvl.simulation.composing.free_places import Grid, Places, bands_are_like
from sarvl.simulation.composing.ground import LEAST_SEEN, Ground, Laid, OwnObject, lay_out, target_amplitude
from sarvl.simulation.composing.jpeg_tables import BLOCK_PX, as_if_stored
from sarvl.simulation.composing.local_statistics import BandStatistics, Statistics, level_of, statistics_of_bands
from sarvl.simulation.composing.object_masks import Mask, box_of, grown

Window = tuple[slice, slice]
Gain = NDArray[np.float32]
_TARGETS_TRIED, _PLACES_TRIED = 6, 4
_OTHER_TABLES = "compressed otherwise than the clutter (JPEG)"
_UNKNOWN_SPACING = "no file says the spacing of both"
_OTHER_SPACING = "of another spacing"
_UNLIKE = "clutter of another level or grain"
_TOO_FEW = "too few pixels once it is resampled"
_NO_PLACE = "no free place with clutter like its own"
_NO_ROOM = "of one class more than a scene may have"
NONE_LEFT = "no target of its class is left"
ADVICE = {
    _OTHER_TABLES: "give targets and clutter that were compressed alike",
    _UNKNOWN_SPACING: "give each source its `spacing_m`, or set `match.unknown_spacing` to accept",
    _OTHER_SPACING: "set `match.beyond_spacing` to resample, or raise `match.spacing`",
    _UNLIKE: "raise `match.most_gain_db`, `match.variation` or `match.correlation`",
    _TOO_FEW: "give clutter of finer spacing, or lower `targets.least_px`",
    _NO_PLACE: "give larger clutter, or raise `match.evenness`, `match.variation` or `match.correlation`",
    _NO_ROOM: "raise `objects.classes`",
}
"""What to do about the reasons that keep targets out of a scene."""


class SetTarget(NamedTuple):
    """A target in a scene.

    mask: its pixels that are seen ``(H, W)``. whole_px: how many it was set in with. corner: (left, top) of what was
    set in. gain_db: one a band. resampled: factors (rows, columns), where it was.
    """

    target: CutTarget
    mask: Mask
    whole_px: int
    corner: tuple[int, int]
    gain_db: tuple[float, ...]
    resampled: tuple[float, float] | None


@dataclass
class Scene:
    """A composed scene.

    is_to_be_empty: whether it was drawn to show no object. refused: how often which reason kept a target out.
    """

    ground: Ground
    laid: Laid
    image: SarImage
    is_to_be_empty: bool
    targets: list[SetTarget] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def own(self) -> list[OwnObject]:
        """The objects that were in the clutter already."""
        return self.laid.objects


class Stock(NamedTuple):
    """The targets of one split, and their statistics as arrays, so that those that suit a ground come at once."""

    targets: tuple[CutTarget, ...]
    statistics: BandStatistics


def stock_of(targets: list[CutTarget]) -> Stock:
    """Return targets with their statistics together."""
    columns = np.array([target.statistics for target in targets])  # (N, bands, 4)
    return Stock(tuple(targets), tuple(Statistics(*band) for band in columns.transpose(1, 2, 0)))


def compose_scene(ground: Ground, stock: Stock, recipe: ComposeRecipe, rng: np.random.Generator) -> Scene:
    """Return a scene on a ground, with targets of a stock; both are of one split."""
    is_to_be_empty = recipe.objects.empty_share > 0 and rng.random() < recipe.objects.empty_share
    laid = lay_out(ground, recipe, rng, is_to_be_empty)
    composer = _Composer(ground, laid, recipe, rng)
    if laid.stays_empty:
        return Scene(ground, laid, composer.finished(), is_to_be_empty)
    wanted = int(rng.integers(recipe.objects.least, recipe.objects.most + 1)) - len(laid.objects)
    suited, composer.refused = suited_to(ground, stock, recipe)
    there = {item.class_name for item in laid.objects}
    classes = _classes_of(suited, there, max(0, wanted), recipe.objects.classes, rng)
    for class_name in classes:
        composer.set_one(suited[class_name])
    if suited and wanted > len(classes):
        composer.refused[_NO_ROOM] += wanted
    return Scene(ground, laid, composer.finished(), is_to_be_empty, composer.targets, composer.refused)


def suited_to(ground: Ground, stock: Stock, recipe: ComposeRecipe) -> tuple[dict[str, list[CutTarget]], Counter[str]]:
    """Return the targets that suit the ground by class, and how often which reason kept others out."""
    alike = bands_are_like(stock.statistics, ground.statistics, recipe.match)
    suited: dict[str, list[CutTarget]] = {}
    refused: Counter[str] = Counter()
    for target, is_alike in zip(stock.targets, alike, strict=True):
        if reason := _misfit(target, bool(is_alike), ground, recipe):
            refused[reason] += 1
        else:
            suited.setdefault(target.class_name, []).append(target)
    return dict(sorted(suited.items())), refused


def _misfit(target: CutTarget, is_alike: bool, ground: Ground, recipe: ComposeRecipe) -> str | None:
    """Return why a target does not suit a ground, None where it does, or may once it is resampled."""
    if target.tables != ground.tables:
        return _OTHER_TABLES
    if recipe.match.unknown_spacing == "refuse" and not (target.spacing_m and ground.spacing_m):
        return _UNKNOWN_SPACING
    if _factors(target, ground, recipe):  # its grain will be another
        return _OTHER_SPACING if recipe.match.beyond_spacing == "refuse" else None
    return None if is_alike else _UNLIKE


def _factors(target: CutTarget, ground: Ground, recipe: ComposeRecipe) -> tuple[float, float] | None:
    """Return how many pixels of the ground (rows, columns) a pixel of the target covers; None where it is about one."""
    if target.spacing_m is None or ground.spacing_m is None:
        return None
    factors = target.spacing_m[0] / ground.spacing_m[0], target.spacing_m[1] / ground.spacing_m[1]
    return factors if max(max(f, 1 / f) for f in factors) > recipe.match.spacing else None


def _classes_of(suited: Iterable[str], there: set[str], wanted: int, most: int, rng: np.random.Generator) -> list[str]:
    """Draw the class of each object: a few classes, of shares that differ from scene to scene.

    With the classes that are there already, they are no more than ``most``.
    """
    room = most - len(there)
    choice = sorted(name for name in suited if room > 0 or name in there)
    if not choice:
        return []
    drawn = rng.choice(choice, int(rng.integers(1, min(len(choice), most) + 1)), replace=False)
    beyond = [name for name in drawn if name not in there][room:]
    classes = [name for name in drawn if name not in beyond]
    return [str(name) for name in rng.choice(classes, wanted, p=rng.dirichlet(np.full(len(classes), 2.0)))]


class _Composer:
    """Sets targets into one ground."""

    def __init__(self, ground: Ground, laid: Laid, recipe: ComposeRecipe, rng: np.random.Generator) -> None:
        self._ground, self._recipe, self._rng = ground, recipe, rng
        self._clutter = laid.amplitude
        self._amplitude = laid.amplitude.copy()
        self._own = laid.taken.copy()
        self._places = Places(laid.amplitude, laid.taken.copy())
        self._used: set[int] = set()
        self.targets: list[SetTarget] = []
        self.refused: Counter[str] = Counter()

    def set_one(self, choice: list[CutTarget]) -> None:
        """Set one of the targets, where there is a place for one of those that are tried."""
        fresh = [target for target in choice if id(target) not in self._used]
        if not fresh:
            self.refused[NONE_LEFT] += 1
        for number in self._rng.permutation(len(fresh))[:_TARGETS_TRIED]:
            self._used.add(id(fresh[number]))
            reason = self._set(fresh[number])
            if reason is None:
                return
            self.refused[reason] += 1

    def finished(self) -> SarImage:
        """Return the scene as an image; one of JPEG files is as if it had come from such a file as a whole."""
        image = image_of(self._amplitude, self._ground.kind)
        if self._ground.tables is None or image.quantity is not Quantity.DISPLAY:
            return image
        bands = [as_if_stored(band, self._ground.tables) for band in image.pixels]
        return image.with_pixels(np.stack(bands), image.quantity)

    def _set(self, target: CutTarget) -> str | None:
        """Set a target; return why it cannot be, None where it is."""
        factors = _factors(target, self._ground, self._recipe)
        patch = self._patch_of(target, factors)
        if factors and (reason := self._unfit(patch)):
            return reason
        wanted = statistics_of_bands(patch.amplitude, patch.ring) if factors else target.statistics
        alpha = patch.alpha
        left, top, right, bottom = box_of(alpha > 0)
        inner = np.s_[top:bottom, left:right]
        grid = self._grid_of(target, left, top)
        shape = bottom - top, right - left
        corners = self._places.like(shape, grid, wanted, self._ground.statistics, self._recipe.match)
        for row, column in self._rng.permutation(corners)[:_PLACES_TRIED].tolist():
            gain = self._gain(patch, row - top, column - left)
            here = np.s_[row : row + shape[0], column : column + shape[1]]
            taken = self._placed(alpha[inner] > 0, here)
            if np.max(np.abs(20 * np.log10(gain))) > self._recipe.match.most_gain_db or self._hides_another(taken):
                continue
            self._paste(patch, alpha[inner], inner, here, gain)
            seen, whole_px = self._placed(patch.mask[inner], here), int(patch.mask.sum())
            self._keep(SetTarget(target, seen, whole_px, (column, row), _decibels(gain), factors), taken)
            return None
        return _NO_PLACE

    def _patch_of(self, target: CutTarget, factors: tuple[float, float] | None) -> Patch:
        amplitude, masks = target_amplitude(target, self._recipe.targets.source), target.masks.unpacked()
        if factors is None:
            return patch_of(amplitude, masks, self._recipe)
        return resampled_patch_of(amplitude, masks, self._recipe, factors)

    def _unfit(self, patch: Patch) -> str | None:
        """Return why a resampled patch does not suit the ground, None where it does."""
        match = self._recipe.match
        if patch.mask.sum() < self._recipe.targets.least_px:
            return _TOO_FEW
        if reason := unusable(patch.amplitude, patch.ring, match.evenness):
            return reason
        statistics = statistics_of_bands(patch.amplitude, patch.ring)
        return None if bands_are_like(statistics, self._ground.statistics, match) else _UNLIKE

    def _grid_of(self, target: CutTarget, left: int, top: int) -> Grid:
        """Return the places to try: pixels of JPEG files keep their place within the blocks of these."""
        if target.tables is None:
            return Grid()
        x, y = target.corner
        return Grid(BLOCK_PX, (x + left) % BLOCK_PX, (y + top) % BLOCK_PX)

    def _gain(self, patch: Patch, row: int, column: int) -> Gain:
        """Return the gain ``(bands,)`` that brings the level of the target's ring to that of the clutter there.

        It is infinite where no clutter is there, such as between the image's own objects.
        """
        rows, columns = self._own.shape
        height, width = patch.mask.shape
        here = np.s_[max(0, row) : min(rows, row + height), max(0, column) : min(columns, column + width)]
        there = np.s_[here[0].start - row : here[0].stop - row, here[1].start - column : here[1].stop - column]
        ring = patch.ring[there] & ~self._own[here]
        if not ring.any():
            return np.full(len(patch.amplitude), np.inf, np.float32)
        gain: Gain = level_of(self._clutter[:, *here], ring) / level_of(patch.amplitude, patch.ring)
        return gain

    def _paste(self, patch: Patch, alpha: NDArray[np.float32], inner: Window, here: Window, gain: Gain) -> None:
        target = dithered(patch.amplitude, gain, self._ground.kind, self._rng)[:, *inner]
        level = level_of(patch.amplitude, patch.ring) * gain
        self._amplitude[:, *here] = blended(self._amplitude[:, *here], target, alpha, level)

    def _placed(self, mask: Mask, here: Window) -> Mask:
        whole = np.zeros(self._own.shape, bool)
        whole[here] = mask
        return whole

    def _hides_another(self, taken: Mask) -> bool:
        """Say whether too little would be seen of a target: its annotation would tell of a whole one."""
        seen = ((np.count_nonzero(other.mask & ~taken), other) for other in self.targets)
        return self._recipe.overlap and any(pixels < LEAST_SEEN * other.whole_px for pixels, other in seen)

    def _keep(self, item: SetTarget, taken: Mask) -> None:
        if self._recipe.overlap:
            self.targets = [other._replace(mask=other.mask & ~taken) for other in self.targets]
        else:
            self._places.take(grown(taken, self._recipe.gap_px))
        self.targets.append(item)


def _decibels(gain: Gain) -> tuple[float, ...]:
    return tuple(round(float(each), 2) for each in 20 * np.log10(gain))
