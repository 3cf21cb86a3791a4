"""pack: a checkpoint as a small folder that comes with an installation, with a card of all that is known of it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sarvl.corpus import Corpus
from sarvl.errors import ModelError, unwritable
from sarvl.evaluation.rows import ResultRow, append_rows, read_rows
from sarvl.evaluation.templates import prompt_set, prompt_set_names
from sarvl.files import FilePath, replaced_folder, write_text
from sarvl.imagery import PreparedImages
from sarvl.language.words.kinds import listed_names
from sarvl.language.words.lexicon import plural_of
from sarvl.models.checkpoint import save_model
from sarvl.models.clip import Clip
from sarvl.models.conversion import check_empty, sidecar_of
from sarvl.models.history import StageEntry
from sarvl.models.loading import load_model
from sarvl.models.model_card import FILE, model_card
from sarvl.models.packing import halve_files, packed
from sarvl.models.protocols import able
from sarvl.models.sidecar import SIDECAR, read_sidecar
from sarvl.models.weights import WEIGHTS
from sarvl.reporting.packed_card import ROWS, Packing, learnt_sources, sections
from sarvl.training.corpora import Corpora

MOST_CLIP_BYTES = 32_000_000
MOST_BYTES = 58_000_000  # of a wheel of 60 MB
_IMAGES, _TEXTS = 64, 1000


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
    """Write a trained CLIP, and its decoder where it has one, in the packaged form into the new or empty ``out``.

    Large tensors are float16, the vocabulary is cut to the pieces of texts of its data, and README.md tells its data
    with every licence, its figures with their intervals, its calibration, and what it cannot do.
    corpora: all that its stages learnt from. rows: files of ``sarvl evaluate`` on this model. name: what it is called
    from now on. licence: of the weights; by default that of the checkpoint. notes: what else it cannot do.
    Raises ModelError where the model cannot be packed, or has no stages, a corpus of a stage is missing, no row of
    ``rows`` is of this model, or it becomes too large: 32 MB for the CLIP, 58 MB for all.
    """
    folder, opened = Path(out), [Corpus.open(corpus) for corpus in corpora]
    check_empty(folder)
    loaded = able(load_model(model), Clip, "sarvl pack", str(model), ModelError)
    learnt = learnt_sources(loaded.history, opened)
    told, texts = sidecar_of(str(model)), _texts(opened)
    history = [_with_classes(entry, opened) for entry in loaded.history]
    small = replace(packed(loaded, _words(texts)), name=name or loaded.name, history=history)
    measured = _rows_of(rows, {loaded.weights_hash, small.weights_hash})
    try:
        with replaced_folder(folder, ModelError) as work:
            save_model(small, work, told.metrics if told else {}, licence or (told.licence if told else "not stated"))
            halve_files(work)
            append_rows(work / ROWS, measured)
            packing = _checked(_compared(loaded, small, opened, texts, work))
            began_from = small.history[0].began_from
            _write_card(work, small, sections(learnt, measured, packing, began_from=began_from, notes=notes))
    except OSError as problem:
        raise ModelError(unwritable(folder, problem)) from problem
    return packing


def _with_classes(entry: StageEntry, corpora: Sequence[Corpus]) -> StageEntry:
    """Return a stage with the classes that its corpora hold, which earlier versions did not keep."""
    if entry.classes is not None:
        return entry
    learnt = Corpora(tuple(corpus for corpus in corpora if corpus.digest in entry.digests))
    return entry.model_copy(update={"classes": learnt.classes})


def _words(texts: Sequence[str]) -> list[str]:
    """Return texts, and what a user is likely to ask for besides: prompts, and the names that sarvl knows."""
    prompts = [template for name in prompt_set_names() for template in prompt_set(name).templates]
    names = listed_names()
    return [*texts, *prompts, *names, *map(plural_of, names)]


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


def _compared(loaded: Clip, small: Clip, corpora: Sequence[Corpus], texts: Sequence[str], work: Path) -> Packing:
    """Return what packing did, with the least cosines of features after it with those of the checkpoint."""
    some = [texts[index] for index in np.unique(np.linspace(0, len(texts) - 1, _TEXTS).astype(int))]
    corpus = corpora[-1]
    rows = np.unique(np.linspace(0, len(corpus.images) - 1, _IMAGES).astype(int)).tolist()
    images = PreparedImages.of([loaded.contract.prepare(corpus.read(index)) for index in rows])
    return Packing(
        pieces=small.config["text_cfg"]["vocab_size"],
        clip_bytes=(work / WEIGHTS).stat().st_size,
        bytes=sum(path.stat().st_size for path in work.iterdir()),
        image_cosine=float((loaded.encode_images(images) * small.encode_images(images)).sum(axis=1).min()),
        text_cosine=float((loaded.encode_texts(some) * small.encode_texts(some)).sum(axis=1).min()),
        images=len(rows),
        texts=len(some),
    )


def _checked(packing: Packing) -> Packing:
    for told, size, most in (("its CLIP", packing.clip_bytes, MOST_CLIP_BYTES), ("it", packing.bytes, MOST_BYTES)):
        if size > most:
            raise ModelError(f"{told} has {size / 1e6:.1f} MB packed, more than {most // 10**6}; pack a smaller model")
    return packing


def _write_card(work: Path, small: Clip, further: Sequence[str]) -> None:
    parameters = sum(parameter.numel() for parameter in small.network.parameters())
    write_text(work / FILE, model_card(read_sidecar(work / SIDECAR), parameters, work, further))
