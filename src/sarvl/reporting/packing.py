"""pack: a checkpoint as a small folder that comes with an installation, with a card of all that is known of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sarvl.corpus import Corpus
from sarvl.errors import ModelError, unwritable
from sarvl.evaluation.rows import ResultRow, read_rows
from sarvl.files import FilePath, replaced_folder, write_text
from sarvl.models.answering.calibration import carry_calibration
from sarvl.models.checkpoint import save_model
from sarvl.models.conversion import check_empty, folder_of, sidecar_of
from sarvl.models.gpt.sarvl_gpt import SmallGpt
from sarvl.models.history import StageEntry
from sarvl.models.model_card import FILE, model_card
from sarvl.models.packaging.packaged_models import (
    PREFIX,
    ROWS,
    bytes_in_wheel,
    neighbours,
    packaged_folder,
    packaged_names,
)
from sarvl.models.packaging.packing import halve_files
from sarvl.models.sidecar import SIDECAR, read_sidecar
from sarvl.reporting.packed_card import Packing, data_of_card, learnt_sources, sections
from sarvl.reporting.packed_models import Packable, compared, made_small, open_packable
from sarvl.training.data.corpora import Corpora

MOST_CLIP_BYTES = 32_000_000
MOST_BYTES = 58_000_000
MOST_WHEEL_BYTES = 58_500_000  # of all packaged models; what else is in the wheel of 60 MB has the rest


def pack(
    model: FilePath,
    out: FilePath,
    corpora: Sequence[FilePath],
    *,
    rows: Sequence[FilePath] = (),
    name: str | None = None,
    licence: str | None = None,
    notes: Sequence[str] = (),
) -> Packing:
    """Write a trained model in the packaged form into the new or empty ``out``.

    It is a CLIP, with its decoder where it has one, whose vocabulary is cut to the pieces of texts of its data; or a
    sarvl-gpt with a small decoder, with its calibration. Large tensors are float16, and README.md tells its data with
    every licence, its figures with their intervals, its calibration, and what it cannot do.
    corpora: all that its stages learnt from, but for those of a packaged model that it went on from. rows: files of
    ``sarvl evaluate`` on this model. name: what it is called from now on. licence: of the weights; by default that of
    the checkpoint. notes: what else it cannot do.
    Raises ModelError where the model cannot be packed, or has no stages, a corpus of a stage is missing, no row of
    ``rows`` is of this model, or it becomes too large: 32 MB for the CLIP, 58 MB for all, and beside other packaged
    models 58.5 MB with them, as a wheel compresses them.
    """
    folder = Path(out)
    check_empty(folder)
    loaded = open_packable(model)
    opened = [Corpus.open(corpus) for corpus in corpora]
    began_from, before, earlier = _began_from(loaded.history)
    own_stages = [_told_whole(entry, opened) for entry in loaded.history[len(before) :]]
    learnt = learnt_sources(own_stages, opened)
    told, texts = sidecar_of(str(model)), _texts(opened)
    small = replace(made_small(loaded, texts), name=name or loaded.name, history=[*before, *own_stages])
    measured = _rows_of(rows, {loaded.weights_hash, small.weights_hash})
    try:
        with replaced_folder(folder, ModelError) as work:
            save_model(small, work, told.metrics if told else {}, licence or (told.licence if told else "not stated"))
            halve_files(work)
            if measured:
                lines = dict.fromkeys(f"{each.model_dump_json()}\n" for each in measured)
                write_text(work / ROWS, "".join(lines))
            if isinstance(loaded, SmallGpt) and (source := folder_of(str(model))):
                carry_calibration(source, work, small.weights_hash)
            packing = _checked(compared(loaded, small, opened, texts, work))
            told_of = sections(learnt, measured, packing, began_from=began_from, earlier=earlier, notes=notes)
            _write_card(work, small, told_of)
            _check_wheel(folder, work)
    except OSError as problem:
        raise ModelError(unwritable(folder, problem)) from problem
    return packing


def _began_from(history: Sequence[StageEntry]) -> tuple[str, tuple[StageEntry, ...], list[str]]:
    """Return what a model began from; where that is a packaged model, its stages, and the data that its card tells."""
    for name in packaged_names():
        before = read_sidecar(packaged_folder(name) / SIDECAR).stages
        first = history[: len(before)]
        if before and len(before) < len(history) and list(map(_as_done, first)) == list(map(_as_done, before)):
            data = data_of_card((packaged_folder(name) / FILE).read_text(encoding="utf-8"))
            return f"{PREFIX}{name}, whose data stand first", before, data
    return history[0].began_from if history else "", (), []


def _as_done(entry: StageEntry) -> StageEntry:
    """Return a stage without what ``pack`` may have added to it since."""
    return entry.model_copy(update={"classes": None, "question_kinds": None, "kinds_of_classes": None})


def _told_whole(entry: StageEntry, corpora: Sequence[Corpus]) -> StageEntry:
    """Return a stage with what its split of its corpora could teach, which earlier versions did not keep.

    Which questions it learned to answer is known only of a stage without any; where it says which kinds, of which
    classes they can have been.
    """
    learnt = Corpora(tuple(corpus for corpus in corpora if corpus.digest in entry.digests))
    if {corpus.digest for corpus in learnt.parts} != set(entry.digests):
        return entry
    texts = learnt.texts_of(learnt.rows_of(entry.split, everywhere=False))
    told: dict[str, Any] = {} if entry.classes is not None else {"classes": learnt.classes_of(texts)}
    if entry.question_kinds is None and not learnt.question_kinds_of(texts):
        told |= {"question_kinds": (), "kinds_of_classes": {}}
    elif entry.question_kinds is not None and entry.kinds_of_classes is None:
        told["kinds_of_classes"] = _kept_kinds(learnt.kinds_of_classes(texts), entry.question_kinds)
    return entry.model_copy(update=told)


def _kept_kinds(kinds: Mapping[str, Sequence[str]], learnt: Sequence[str]) -> dict[str, tuple[str, ...]]:
    kept = {name: tuple(kind for kind in those if kind in learnt) for name, those in kinds.items()}
    return {name: those for name, those in kept.items() if those}


def _texts(corpora: Sequence[Corpus]) -> list[str]:
    """Return the different texts of corpora, sorted, of whatever split: figures are of those that are measured on."""
    texts = sorted({text for corpus in corpora for text in corpus.texts["text"].to_pylist()})
    if not texts:
        raise ModelError(f"{corpora[0].folder}: no text; give the corpora that the model learnt from")
    return texts


def _rows_of(paths: Sequence[FilePath], hashes: set[str]) -> list[ResultRow]:
    rows = [each for path in paths for each in read_rows(Path(path))]
    of_model = [each for each in rows if each.weights_hash in hashes]
    if rows and not of_model:
        raise ModelError(f"{', '.join(map(str, paths))}: no row of this model; give those of sarvl evaluate on it")
    return of_model


def _checked(packing: Packing) -> Packing:
    limits = {"it": MOST_BYTES, "its CLIP": MOST_CLIP_BYTES}
    for told, size in {"it": packing.bytes, **packing.parts}.items():
        if size > limits[told]:
            raise ModelError(
                f"{told} has {size / 1e6:.1f} MB packed, more than {limits[told] // 10**6}; pack a smaller model"
            )
    return packing


def _check_wheel(folder: Path, work: Path) -> None:
    """Raise ModelError where a wheel would not hold what lies in ``work`` with the models beside ``folder``."""
    beside = neighbours(folder)
    size = sum(map(bytes_in_wheel, (work, *beside)))
    if beside and size > MOST_WHEEL_BYTES:
        told = f"with {', '.join(path.name for path in beside)} it has {size / 1e6:.1f} MB in a wheel"
        raise ModelError(
            f"{folder}: {told}, more than {MOST_WHEEL_BYTES / 1e6}; pack a smaller model, or remove one of these"
        )


def _write_card(work: Path, small: Packable, further: Sequence[str]) -> None:
    parameters = sum(parameter.numel() for parameter in small.network.parameters())
    write_text(work / FILE, model_card(read_sidecar(work / SIDECAR), parameters, work, further))
