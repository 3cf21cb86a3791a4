"""The leak audit: which images of a split a model has learnt from, by its history and the corpora that are named."""

from collections.abc import Sequence
from pathlib import Path

from sarvl import __version__
from sarvl.corpus import Corpus
from sarvl.corpus.inspecting.counting import count_rows
from sarvl.corpus.leaks import AuditedModel, LeakAudit, LearntImages, LearntSplit, find_leaks
from sarvl.documents import read_document, write_document
from sarvl.errors import CorpusError, EvaluationError, unwritable
from sarvl.files import FilePath

_ADVICE = "run sarvl audit again"


def audit(
    corpus: FilePath,
    out: FilePath,
    *,
    split: str = "test",
    against: Sequence[FilePath] = (),
    learnt: Sequence[str] = ("train",),
    models: Sequence[FilePath] = (),
    workers: int | None = None,
) -> LeakAudit:
    """Look for the images of a split among those that were learnt from, and write what leaks to ``out``.

    against: the corpora that were learnt from; ``corpus`` itself where none is named. learnt: their splits, as far as
    they have them. models: whose figures it is about; of these the whole history must be among what is compared.
    Raises EvaluationError where it is not, CorpusError where a corpus has none of the splits, and ImageError where a
    likely copy cannot be read.
    """
    measured = LearntSplit(Corpus.open(corpus), split)
    parts = [part for folder in against or [corpus] for part in _splits_of(Corpus.open(folder), learnt)]
    audited = LeakAudit(
        sarvl_version=__version__,
        corpus=measured.corpus.digest,
        split=split,
        images={source: count for (source,), count in sorted(count_rows(measured.table, "source").items())},
        learnt=tuple(
            LearntImages(corpus=part.corpus.digest, split=part.split, images=len(part.table)) for part in parts
        ),
        models=tuple(_audited(name, parts) for name in models),
        hamming=measured.corpus.info.audit.hamming,
        leaks=tuple(find_leaks(measured, parts, workers)),
    )
    try:
        write_document(Path(out), audited)
    except OSError as problem:
        raise EvaluationError(unwritable(Path(out), problem)) from problem
    return audited


def read_audit(path: FilePath) -> LeakAudit:
    """Read a leak audit; raises EvaluationError where the file is damaged, or none."""
    return read_document(Path(path), LeakAudit, EvaluationError, _ADVICE)


def _splits_of(corpus: Corpus, learnt: Sequence[str]) -> list[LearntSplit]:
    """Return those of the splits that a corpus has; CorpusError where it has none of them."""
    there = [split for split in dict.fromkeys(learnt) if split in set(corpus.column("split"))]
    if not there:
        raise CorpusError(f"{corpus.folder}: no split {' or '.join(learnt)}; name what was learnt from with --learnt")
    return [LearntSplit(corpus, split) for split in there]


def _audited(name: FilePath, parts: Sequence[LearntSplit]) -> AuditedModel:
    """Return a model; EvaluationError where it learnt from a corpus that is not compared."""
    from sarvl.models import load_model  # noqa: PLC0415 - heavy, and needed only where a model is named

    model, compared = load_model(str(name)), {(part.corpus.digest, part.split) for part in parts}
    for stage in model.history:
        for digest in stage.digests:
            if (digest, stage.split) not in compared:
                raise EvaluationError(
                    f"{name}: stage {stage.stage} learnt from split {stage.split} of corpus {digest[:12]}, which is "
                    "not compared; name its folder with --against, and the split with --learnt"
                )
    return AuditedModel(name=str(name), weights_hash=model.weights_hash)
