"""Image-text retrieval: one ranking over all images and all their captions, in both directions."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.task import Task, TaskRun
from sarvl.measures.measure import Measure
from sarvl.measures.ranks import PairRanks, rank_pairs
from sarvl.measures.retrieval import retrieval_of_ranks
from sarvl.models import Clip

TEXT_TO_IMAGE, IMAGE_TO_TEXT = "text_to_image", "image_to_text"


def runs(evaluated: EvaluatedModel, settings: None) -> list[TaskRun]:
    """Return the one retrieval over all images; measuring it raises EvaluationError where one has no caption."""
    images = evaluated.images
    sources = images.corpus.column("source")
    names = sorted({sources[row] for row in images.rows})
    source = "all" if names == sorted(set(sources)) else "+".join(names)
    return [TaskRun(source, partial(outcome, evaluated))]


def outcome(evaluated: EvaluatedModel) -> Outcome:
    """Return one row a caption row (``text_to_image``), then one an image (``image_to_text``).

    Beside the usual columns stand ``direction``, ``image``, ``text`` (the caption, empty for an image),
    ``strict_rank`` and ``grouped_rank``. The truth of an image is all its captions, one a line.
    """
    images = evaluated.images
    captions = captions_of(images)
    text_of_pair = [text for found in captions for text in found]
    image_of_pair = np.repeat(np.arange(len(captions)), [len(found) for found in captions])
    distinct = {text: index for index, text in enumerate(dict.fromkeys(text_of_pair))}
    ranks = rank_pairs(
        evaluated.image_features,
        evaluated.model.encode_texts(list(distinct)),
        [distinct[text] for text in text_of_pair],
        image_of_pair,
    )
    ids, groups = np.array(images.ids, object), np.array(images.groups, object)
    owners = ids[image_of_pair]
    names = [f"{name}#{number}" for name, found in zip(ids, captions, strict=True) for number in range(len(found))]
    return Outcome.of(
        item=[*names, *(f"{name}#image" for name in ids)],
        group=[*groups[image_of_pair], *groups],
        truth=[*owners, *map("\n".join, captions)],
        prediction=[*ids[ranks.first_image.candidate], *np.array(list(distinct), object)[ranks.first_text.candidate]],
        score=np.concatenate([ranks.first_image.score, ranks.first_text.score]),
        direction=[TEXT_TO_IMAGE] * len(owners) + [IMAGE_TO_TEXT] * len(ids),
        image=[*owners, *ids],
        text=[*text_of_pair, *[""] * len(ids)],
        strict_rank=np.concatenate([ranks.strict_text, ranks.strict_image]),
        grouped_rank=np.concatenate([ranks.grouped_text, ranks.grouped_image]),
    )


def captions_of(images: SplitImages) -> list[list[str]]:
    """Return the captions of each image; raises EvaluationError where one has none."""
    corpus = images.corpus
    captions = [[corpus.sentences[text] for text in corpus.captions_of_image[row]] for row in images.rows]
    speechless = sum(not found for found in captions)
    if speechless:
        raise EvaluationError(
            f"{corpus.folder}: {speechless} of {len(captions)} images of split {images.split} have no "
            "caption to retrieve; choose sources that have captions"
        )
    return captions


def measures(outcome: Outcome) -> list[Measure]:
    """Return recall at 1, 5 and 10 in both directions, strict and grouped, and what they must be read with."""
    texts, images = outcome.where("direction", TEXT_TO_IMAGE), outcome.where("direction", IMAGE_TO_TEXT)
    ranks = PairRanks(
        strict_text=texts.column("strict_rank"),
        grouped_text=texts.column("grouped_rank"),
        strict_image=images.column("strict_rank"),
        grouped_image=images.column("grouped_rank"),
    )
    text_of_pair = places(texts.column("text"), texts.column("text"))
    image_of_pair = places(texts.column("image"), images.column("image"))
    return retrieval_of_ranks(ranks, text_of_pair, image_of_pair).measures(images.column("group"))


def places(values: NDArray[np.object_], among: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the place of each value among the different ones of a list, in the order of their first appearance."""
    index = {value: place for place, value in enumerate(dict.fromkeys(among))}
    return np.array([index[value] for value in values], np.int64)


TASK = Task("retrieval", "retrieval-1", needs=Clip, runs=runs, measures=measures)
