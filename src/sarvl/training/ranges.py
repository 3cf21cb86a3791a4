"""Ranges: which decibels become which bytes, settled from what is to be learnt from before a run's first stage."""

from pathlib import Path
from typing import Literal

from sarvl.corpus import Corpus
from sarvl.corpus.levels import fitted_contract
from sarvl.documents import Document, read_document, write_document
from sarvl.errors import ModelError
from sarvl.imagery import BandContract, InputContract
from sarvl.models.protocols import Trainable
from sarvl.progress import note
from sarvl.training.recipe import ALL_BANDS, TrainRecipe

CONTRACT = "contract.json"


class SettledContract(Document):
    """``contract.json`` of a run: the input contract that all of its stages train under."""

    format_version: Literal[1] = 1
    contract: InputContract


def settled_contract(recipe: TrainRecipe, model: Trainable, out: Path, workers: int | None) -> InputContract:
    """Return the contract that a run trains under: kept in ``out``, where a resumed run finds it again.

    A model keeps what it was trained with, or what somebody chose for it. One that has been through no stage, with the
    ranges that hold by default, gets those that suit the training splits of all stages; so does each band that the
    recipe gives without a range. What the recipe fixes holds for all. Raises ModelError where the recipe names a band
    that the model does not have.
    """
    kept = out / CONTRACT
    if kept.is_file():
        return read_document(kept, SettledContract, ModelError, "remove the run's folder and train again").contract
    contract = _with_fixed(recipe, _with_fitted(recipe, model, workers))
    _tell(contract, model.contract)
    write_document(kept, SettledContract(contract=contract))
    return contract


def _with_fitted(recipe: TrainRecipe, model: Trainable, workers: int | None) -> InputContract:
    contract = model.contract
    lacks_range = [band.has_default_range for band in contract.bands]
    is_new = recipe.model.bands is not None or (not model.history and all(lacks_range))
    if not (is_new and any(lacks_range)):
        return contract
    trained = [(Corpus.open(part.corpus), stage.split) for stage in recipe.stages for part in stage.learned]
    fitted = fitted_contract(trained, contract, workers)
    pairs = zip(contract.bands, fitted.bands, lacks_range, strict=True)
    return contract.model_copy(update={"bands": tuple(new if lacks else old for old, new, lacks in pairs)})


def _with_fixed(recipe: TrainRecipe, contract: InputContract) -> InputContract:
    fixed, names = recipe.model.ranges, [band.name for band in contract.bands]
    if absent := sorted(fixed.keys() - {*names, ALL_BANDS}):
        raise ModelError(f"model.ranges: no band {', '.join(absent)}; the model has {', '.join(names)}, or {ALL_BANDS}")
    return contract.model_copy(update={"bands": tuple(_fixed(recipe, band) for band in contract.bands)})


def _fixed(recipe: TrainRecipe, band: BandContract) -> BandContract:
    given = [recipe.model.ranges[name] for name in (ALL_BANDS, band.name) if name in recipe.model.ranges]
    changes = {name: value for fixed in given for name, value in fixed.model_dump(exclude_none=True).items()}
    if "curve" in changes:  # says nothing of digital numbers, which have followed it so far
        changes.setdefault("curve_full_scale", band.curve_full_scale or band.curve)
    return BandContract.model_validate(band.model_dump() | changes)


def _tell(contract: InputContract, before: InputContract) -> None:
    """Say what the ranges are where they have changed; bands that share them in one line."""
    names: dict[str, list[str]] = {}
    for band, old in zip(contract.bands, before.bands, strict=True):
        if band != old:
            physical, numbers = (f"{low:g} to {high:g} dB" for low, high in (band.range_db, band.range_db_full_scale))
            curve = band.curve_full_scale or band.curve
            told = f"{physical}, linear in {band.curve}; digital numbers: {numbers} of full scale, linear in {curve}"
            names.setdefault(told, []).append(band.name)
    for told, bands in names.items():
        note(f"what becomes bytes of {', '.join(bands)}: {told}")
