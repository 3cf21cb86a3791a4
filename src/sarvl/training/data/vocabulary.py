"""The vocabulary of a decoder of ours, learnt before the first stage from the texts that the stages train on."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sarvl.corpus import Corpus
from sarvl.corpus.filters import kept_texts
from sarvl.files import write_text
from sarvl.models.protocols import Trainable, VocabularyLearner
from sarvl.models.vocabulary import learnt_vocabulary, read_vocabulary
from sarvl.progress import note
from sarvl.training.data.text_columns import of_kinds
from sarvl.training.objective import OBJECTIVES, ReadsTexts
from sarvl.training.recipe import Stage

VOCABULARY = "vocabulary.json"


def take_vocabulary(model: Trainable, stages: Sequence[Stage], out: Path) -> None:
    """Give a model that has learnt no pieces yet those of the texts of all stages, kept in the run folder ``out``.

    A run that is resumed reads them from there: the corpora may be others by then. Other models stay as they are.
    Raises ModelError where the file is damaged.
    """
    if not isinstance(model, VocabularyLearner) or model.vocabulary.is_learnt:
        return
    path = out / VOCABULARY
    if not path.is_file():
        texts = sorted(set().union(*map(_texts, stages)))
        learnt = learnt_vocabulary(texts)
        write_text(path, learnt.text())
        note(f"vocabulary of the decoder: {learnt.pieces} pieces, learnt from {len(texts)} distinct texts")
    model.take_vocabulary(read_vocabulary(path))


def _texts(stage: Stage) -> set[str]:
    """Return the distinct texts that a stage learns from."""
    return set[str]().union(*(_texts_of(Corpus.open(part.corpus), stage) for part in stage.learned))


def _texts_of(corpus: Corpus, stage: Stage) -> set[str]:
    images, where = corpus.image_of_text, f"{corpus.folder}: stage {stage.name}: texts"
    keeps = kept_texts(corpus.images, corpus.texts, images, stage.texts, where)
    objective = OBJECTIVES.get(stage.objective)
    keeps &= of_kinds(corpus.texts, objective.kinds)
    keeps &= np.isin(images, corpus.rows_of(stage.split))
    kept = corpus.texts.filter(pa.array(keeps))
    if isinstance(objective, ReadsTexts):
        return objective.readings(kept, stage.options)
    return set(pc.unique(kept["text"]).to_pylist())
