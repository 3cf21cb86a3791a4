"""Scores of captions that need what does not come with sarvl: METEOR, SPICE and BERTScore, left out where it is absent.

Each is made with the captions, since a figure is made from an outcome alone, wherever that is read.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    BaseModel,
    ConfigDict,
    DirectoryPath,
    Field,
    SerializerFunctionWrapHandler,
    computed_field,
    model_serializer,
    model_validator,
)

from sarvl.errors import EvaluationError
from sarvl.evaluation.outcomes import Outcome
from sarvl.files import sha256_of, sha256_of_file
from sarvl.measures.captions.bert_score import TokenVectors, bert_score
from sarvl.measures.captions.meteor import meteor_of_terms, meteor_terms
from sarvl.measures.captions.referenced import ReferencedCaptions
from sarvl.measures.captions.spice import spice, what_spice_lacks
from sarvl.measures.captions.tokens import ptb_tokens
from sarvl.measures.measure import Measure
from sarvl.measures.statistics import mean_of_ratios
from sarvl.progress import note, progress

Terms = NDArray[np.float64]
Said = Mapping[str, Sequence[str]]
"""Captions by what their columns begin with: nothing for those of the model."""
Columns = dict[str, list[list[float]]]
References = Sequence[Sequence[str]]
CONSTANT = "constant_"
_CHUNK = 64


class BertSettings(BaseModel):
    """Which model makes BERTScore."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    bert_model: DirectoryPath | None = Field(default=None, exclude=True)
    """Folder of a BERT or RoBERTa of transformers, with its tokenizer and `model.safetensors`: makes BERTScore. None
    for no BERTScore."""
    bert_layer: int | None = Field(default=None, ge=1)
    """Layer of it whose vectors are compared, from 1; none for the last."""

    @model_validator(mode="after")
    def _has_model(self) -> Self:
        if self.bert_layer is not None and self.bert_model is None:
            raise ValueError("bert_layer is a layer of bert_model, which is not set; set both")
        if self.bert_model and not any(self.bert_model.glob("*.safetensors")):
            raise ValueError(f"bert_model: {self.bert_model} has no safetensors file; save the model as safetensors")
        return self

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def bert_model_sha256(self) -> str | None:
        """The SHA-256 of the files of the model, wherever the folder lies."""
        if self.bert_model is None:
            return None
        files = sorted(path for path in self.bert_model.iterdir() if path.suffix in (".json", ".txt", ".safetensors"))
        return sha256_of("".join(f"{path.name} {sha256_of_file(path)}\n" for path in files).encode())

    @model_serializer(mode="wrap")
    def _told(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what is not set, so that rows without BERTScore keep the settings that they had before it."""
        return {name: value for name, value in handler(self).items() if value is not None}


class LentScore(NamedTuple):
    """A score of a column of terms. terms: from the column ``(N, F)``; statistic: of their sum."""

    column: str
    terms: Callable[[Terms], Terms]
    statistic: Callable[[Terms], Terms] = mean_of_ratios


def _part(index: int, values: Terms) -> Terms:
    return np.column_stack((values[:, index], np.ones(len(values))))


SCORES = {
    "METEOR": LentScore("meteor_terms", lambda terms: terms, meteor_of_terms),
    "SPICE": LentScore("spice_terms", lambda terms: terms),
    "BERTScore": LentScore("bert_scores", lambda values: _part(2, values)),
    "BERTScore_precision": LentScore("bert_scores", lambda values: _part(0, values)),
    "BERTScore_recall": LentScore("bert_scores", lambda values: _part(1, values)),
}


def in_tokens(captions: Sequence[str], references: References) -> ReferencedCaptions:
    """Return captions with their references as PTB tokens."""
    tokens = {text: " ".join(ptb_tokens(text)) for own in [captions, *references] for text in own}
    return ReferencedCaptions(
        [tokens[text] for text in captions], [[tokens[text] for text in own] for own in references]
    )


def caption_measure(
    outcome: Outcome, metric: str, terms: Terms, statistic: Callable[[Terms], Terms] = mean_of_ratios, most: float = 1.0
) -> Measure:
    """Return a measure of terms ``(N, F)``, one row a caption; not of the model where it is of a constant caption."""
    return Measure.of(
        metric,
        terms,
        len(outcome),
        statistic=statistic,
        groups=outcome.column("group"),
        of_model=not metric.startswith("constant/"),
        most=most,
    )


def lent_columns(
    captions: Sequence[str], references: References, constants: Mapping[str, str], settings: BertSettings
) -> Columns:
    """Return the columns of an outcome that the scores are made of, of captions and of the best constant caption.

    A score whose means are absent is left out with a line that says so. Raises ModelError where the model of BERTScore
    cannot be loaded.
    """
    said = {"": list(captions)}
    if constants:
        said[CONSTANT] = [constants["CIDEr"]] * len(captions)
    return {**_meteor(said, references), **_spice(said, references), **_bert(said, references, settings)}


def lent_measures(outcome: Outcome) -> list[Measure]:
    """Return the scores whose columns an outcome has, each with that of the best constant caption behind it."""
    return [
        caption_measure(
            outcome, f"{family}{metric}", score.terms(_column(outcome, prefix + score.column)), score.statistic
        )
        for metric, score in SCORES.items()
        for family, prefix in (("", ""), ("constant/", CONSTANT))
        if prefix + score.column in outcome.table.column_names
    ]


def _column(outcome: Outcome, name: str) -> Terms:
    return np.array(outcome.column(name).tolist(), np.float64)


def _meteor(said: Said, references: References) -> Columns:
    if find_spec("pycocoevalcap") is None:
        note("captions: no METEOR, since pycocoevalcap is not installed; pip install 'sarvl[captions]'")
        return {}
    return {f"{prefix}meteor_terms": meteor_terms(in_tokens(own, references)).tolist() for prefix, own in said.items()}


def _spice(said: Said, references: References) -> Columns:
    """Return (score, 1) of each caption."""
    if lacking := what_spice_lacks():
        note(f"captions: no SPICE, since {lacking}")
        return {}
    try:
        scores = {prefix: spice(in_tokens(own, references)) for prefix, own in said.items()}
    except EvaluationError as problem:
        note(f"captions: no SPICE: {problem}")
        return {}
    return {
        f"{prefix}spice_terms": np.column_stack((own, np.ones(len(own)))).tolist() for prefix, own in scores.items()
    }


def _bert(said: Said, references: References, settings: BertSettings) -> Columns:
    """Return precision, recall and F1 of each caption; texts go through the model a few captions at a time."""
    if settings.bert_model is None:
        note("captions: no BERTScore, since no model is given; set captions.bert_model to the folder of a BERT")
        return {}
    from sarvl.models.texts.token_encoder import load_token_encoder  # noqa: PLC0415 - heavy

    encoder = load_token_encoder(Path(settings.bert_model), settings.bert_layer)
    columns: Columns = {f"{prefix}bert_scores": [] for prefix in said}
    cut: set[str] = set()
    with progress("BERTScore", len(references), "captions") as advance:
        for start in range(0, len(references), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            texts = list(
                dict.fromkeys(text for own in [*references[chunk], *(s[chunk] for s in said.values())] for text in own)
            )
            cut |= {text for text in texts if encoder.is_cut(text)}
            vectors = {text: TokenVectors(*own) for text, own in zip(texts, encoder.encode(texts), strict=True)}
            for prefix, own in said.items():
                columns[f"{prefix}bert_scores"] += _bert_scores(own[chunk], references[chunk], vectors)
            advance(len(references[chunk]))
    if cut:
        note(f"captions: BERTScore reads {len(cut)} texts only up to their first {encoder.longest} tokens")
    return columns


def _bert_scores(
    captions: Sequence[str], references: References, vectors: Mapping[str, TokenVectors]
) -> list[list[float]]:
    return [
        bert_score(vectors[caption], [vectors[text] for text in own]).tolist()
        for caption, own in zip(captions, references, strict=True)
    ]
