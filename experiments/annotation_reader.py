"""What grouped retrieval gives a reader who knows the annotation of every image, and nothing else of it.

    python experiments/annotation_reader.py runs/real/sar ssdd --split test

It is sure which caption is true of which image. `truth` ranks by that alone: of two captions that are both true of an
image it does not know which is its own. `rarest` ranks true captions the higher, the fewer images they are true of, as
a model that learns by InfoNCE would. Ties are broken at random, since no model has any.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sarvl.annotations import AnnotatedImage
from sarvl.corpus import Corpus
from sarvl.language.claims import Claim
from sarvl.language.claims.checks import problem_with
from sarvl.language.geometry.layout import layout_of

DEPTHS = 1, 5, 10


def main(corpus: Corpus, source: str, split: str) -> None:
    rows = corpus.rows_of(split, [source])
    captions = [[each for each in corpus.statements(int(row)) if each.kind == "caption"] for row in rows]
    claims_of_text = {each.text: each.claims for own in captions for each in own}
    place = {text: index for index, text in enumerate(claims_of_text)}
    own = np.zeros((len(rows), len(place)))  # (N, D) how many captions of the image say it
    for image, said in enumerate(captions):
        np.add.at(own[image], [place[each.text] for each in said], 1)
    annotations = [corpus.image(int(row)).annotation for row in rows]
    truth = np.array([true_of(annotation, list(claims_of_text.values())) for annotation in annotations], float)
    print(f"{len(rows)} images, {len(place)} distinct captions, each true of {truth.mean():.1%} of the images")
    for name, score in (
        ("chance", np.zeros_like(truth)),
        ("truth", truth),
        ("rarest", truth / np.maximum(truth.sum(axis=0), 1)),
    ):
        print(f"{name:8} grouped mean recall {mean_recall(score, own):.3f}")


def true_of(image: AnnotatedImage, texts: Sequence[Sequence[Claim]]) -> list[bool]:
    """Return for the claims of each text whether the annotation bears all of them out."""
    layout = layout_of(image)
    known: dict[object, bool] = {}
    for claim in (claim for claims in texts for claim in claims):
        if claim.meaning() not in known:
            resting = claim.resting_on(claim.evidence(image, layout))
            known[claim.meaning()] = not problem_with(resting, image, layout)
    return [all(known[claim.meaning()] for claim in claims) for claims in texts]


def mean_recall(score: NDArray[np.float64], own: NDArray[np.float64], draws: int = 20) -> float:
    """Return the mean over both directions, the depths and random orders of what ties; score and own: (N, D)."""
    recalls = []
    for seed in range(draws):
        order = score + 1e-9 * np.random.default_rng(seed).random(score.shape)
        by_image, by_text = np.argsort(-order, axis=1), np.argsort(-order, axis=0)
        for depth in DEPTHS:
            of_images = np.take_along_axis(own, by_image[:, :depth], axis=1).any(axis=1)
            of_texts = np.take_along_axis(own, by_text[:depth], axis=0).any(axis=0)
            recalls += [of_images.mean(), np.average(of_texts, weights=own.sum(axis=0))]
    return float(np.mean(recalls))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Corpus.open)
    parser.add_argument("source")
    parser.add_argument("--split", default="test")
    given = parser.parse_args()
    main(given.corpus, given.source, given.split)
