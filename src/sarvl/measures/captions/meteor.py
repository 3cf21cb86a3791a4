"""METEOR 1.5 for English without Java, as coco-caption calls it (``-l en -norm``)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sarvl.measures.captions.meteor_alignment import STAGE_WEIGHTS, Aligned, Lexicon, align, phrases_of
from sarvl.measures.captions.meteor_data import meteor_data
from sarvl.measures.captions.meteor_words import meteor_words
from sarvl.measures.captions.referenced import ReferencedCaptions

ALPHA, BETA, GAMMA, DELTA = 0.85, 0.2, 0.6, 0.75
WEIGHTS = np.array(STAGE_WEIGHTS)
STAGES = len(STAGE_WEIGHTS)


def meteor_terms(scored: ReferencedCaptions) -> NDArray[np.float64]:
    """Return what METEOR is made of, one row a caption ``(N, 23)``; rows may be added up before ``meteor_of_terms``.

    Columns: words of the caption and of the reference that scores best, function words of both; for each stage (exact,
    stem, synonym, paraphrase) matched content words of both, then function words; chunks, matched words of both. Like
    METEOR, a caption that is all one chunk has none when rows are added up.
    Raises EvaluationError where pycocoevalcap, whose synonyms and paraphrases it reads, is not installed.
    """
    data = meteor_data()
    words = {text: meteor_words(text, data.prefixes) for own in _texts(scored) for text in own}
    phrases = frozenset[str]().union(*(phrases_of(own) for own in words.values()))
    lexicon = Lexicon(data, data.paraphrases(phrases))
    rows = []
    for caption, references in zip(scored.captions, scored.references, strict=True):
        each = np.array([_terms(words[caption], words[text], lexicon) for text in dict.fromkeys(references)])
        rows.append(each[meteor_of_terms(each).argmax()])
    terms = np.array(rows)
    terms[_is_one_chunk(terms), -3] = 0
    return terms


def meteor_of_terms(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return METEOR ``(...,)`` of (sums of) terms ``(..., 23)``.

    Source: Denkowski and Lavie, Meteor Universal, WMT 2014, with the English parameters of version 1.5.
    """
    lengths, functions = totals[..., :2], totals[..., 2:4]
    stages = totals[..., 4:-3].reshape(*totals.shape[:-1], STAGES, 2, 2)  # stage, content or function, side
    weighted = np.einsum("...skw,s,k->...w", stages, WEIGHTS, np.array([DELTA, 1 - DELTA]))
    possible = DELTA * (lengths - functions) + (1 - DELTA) * functions
    shares = np.divide(weighted, possible, out=np.zeros_like(weighted), where=possible > 0)
    precision, recall = shares[..., 0], shares[..., 1]
    below = ALPHA * precision + (1 - ALPHA) * recall
    mean = np.divide(precision * recall, below, out=np.zeros_like(below), where=below > 0)
    return np.asarray(mean * (1 - GAMMA * _fragmentation(totals) ** BETA))


def _fragmentation(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return chunks a matched word; 0 where all words are matched in one chunk."""
    average = totals[..., -2:].mean(axis=-1)
    ratio = np.divide(totals[..., -3], average, out=np.zeros_like(average), where=average > 0)
    return np.where(_is_one_chunk(totals), 0.0, ratio)


def _is_one_chunk(totals: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which have all words of both matched, in one chunk."""
    return np.asarray((totals[..., -2:] == totals[..., :2]).all(axis=-1) & (totals[..., -3] == 1))


def _texts(scored: ReferencedCaptions) -> Sequence[Sequence[str]]:
    return [scored.captions, *scored.references]


def _terms(caption: Sequence[str], reference: Sequence[str], lexicon: Lexicon) -> list[float]:
    known = lexicon.data.function_words
    aligned = align(caption, reference, lexicon)
    counts = _matched_words(aligned, caption, reference, known)
    functions = [sum(word in known for word in words) for words in (caption, reference)]
    matched = counts.sum(axis=(0, 1))
    return [len(caption), len(reference), *functions, *counts.ravel(), aligned.chunks, *matched]


def _matched_words(
    aligned: Aligned, caption: Sequence[str], reference: Sequence[str], function_words: frozenset[str]
) -> NDArray[np.int64]:
    """Return matched words ``(4, 2, 2)``: of each stage, content or function words, of caption and reference."""
    counts = np.zeros((STAGES, 2, 2), np.int64)
    for match in aligned.matches:
        for word in caption[match.place : match.place + match.width]:
            counts[match.stage, int(word in function_words), 0] += 1
        for word in reference[match.start : match.start + match.length]:
            counts[match.stage, int(word in function_words), 1] += 1
    return counts
