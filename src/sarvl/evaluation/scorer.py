"""Scoring the predictions of others: a file in, the same rows out as an evaluation gives."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sarvl.errors import EvaluationError
from sarvl.evaluation.alike import FORMAT, GIVEN
from sarvl.evaluation.evaluated import SplitImages
from sarvl.evaluation.evaluator import settings_of
from sarvl.evaluation.outcomes import RunIdentity
from sarvl.evaluation.predictions.prediction import Prediction, without_halves
from sarvl.evaluation.predictions.prediction_format import PREDICTION_FORMATS
from sarvl.evaluation.rows import ResultRow, append_rows, read_rows
from sarvl.evaluation.run_rows import Answering, rows_of_run
from sarvl.evaluation.task import TASKS
from sarvl.files import FilePath, sha256_of, sha256_of_file
from sarvl.progress import note


def score(
    task: str,
    predictions: FilePath,
    out: FilePath,
    *,
    format: str,
    model: str | None = None,
    corpus: FilePath | None = None,
    split: str = "test",
    settings: Mapping[str, Any] | None = None,
) -> list[ResultRow]:
    """Score a file of predictions by a task, and append the rows to ``out``.

    task: a name of ``TASKS`` that takes predictions, such as ``vqa``. format: a name of ``PREDICTION_FORMATS``.
    model: what made them, for the rows; by default the name of the file. corpus, split: what they are held against;
    without, what the file itself says is right, and the split of the rows is ``given``. settings: of the task.
    In the rows the hash of the weights is that of the file, and that of the contract is empty: nobody knows it.
    Raises EvaluationError where a prediction cannot be read or has nothing to be held against: none is left out.
    """
    path, out, scored = Path(predictions), Path(out), TASKS.get(task)
    if scored.scores is None:
        able = [name for name, other in TASKS.items() if other.scores]
        raise EvaluationError(f"task {task}: scores no predictions; {', '.join(able)} can")
    read = [without_halves(said) for said in PREDICTION_FORMATS.get(format).read(path)]
    if not read:
        raise EvaluationError(f"{path}: no prediction in it; give another file")
    images = SplitImages.open(corpus, split) if corpus is not None else None
    chosen = settings_of(scored, settings or {})
    identity = RunIdentity(
        task=task,
        protocol=scored.protocol,
        settings={**(chosen.model_dump(mode="json") if chosen else {}), FORMAT: format},
        source="all",
        split=split if images else GIVEN,
        weights_hash=sha256_of_file(path),
        contract_hash="",
        corpus_digest=images.corpus.digest if images else _digest_of_truths(read),
    )
    known = read_rows(out) if out.exists() else []
    answering = Answering(model or path.stem, None)
    scores = scored.scores
    rows = rows_of_run(scored, identity, lambda: scores(read, images, chosen), answering, out=out, known=known)
    append_rows(out, [row for row in rows if row not in known])
    if model and rows[0].model != model:
        note(f"{out}: holds these predictions already, as those of {rows[0].model}")
    return rows


def _digest_of_truths(predictions: Sequence[Prediction]) -> str:
    """Return the SHA-256 of what was asked and what is right: equal for two models that answered the same."""
    # Marked, as rows of earlier versions told questions by their place in the file: such a file is scored anew.
    words = [f"asked: {said.asked}" if said.question else "" for said in predictions]
    asked = [(said.image, text, said.truths, said.options) for said, text in zip(predictions, words, strict=True)]
    return sha256_of(json.dumps(sorted(asked), ensure_ascii=True).encode())
