"""Searching: the nearest images of a model for some sentences, as a block to try in the page."""

from collections.abc import Sequence

import numpy as np

from sarvl.blocks import Search, SearchExample, Shown
from sarvl.corpus import display_pixels
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.models.protocols import Embedder

SENTENCES = 80
NEAREST = 6


def search_block(shown: EvaluatedModel, queries: Sequence[str]) -> Search | None:
    """Return the nearest images for the queries and for captions of the split.

    None where there is no sentence, or where nobody asks and the model cannot search; EvaluationError where one asks.
    """
    if not queries and not isinstance(shown.model, Embedder):
        return None
    sentences = _sentences(shown.images, queries)
    if not sentences:
        return None
    scores = shown.able(Embedder, "a search for images").encode_texts(sentences) @ shown.image_features.T  # (S, N)
    nearest = np.argsort(-scores, axis=1, kind="stable")[:, :NEAREST]
    used, index_of = np.unique(nearest, return_inverse=True)
    indices = index_of.reshape(nearest.shape)  # (S, NEAREST), into `used`
    corpus, rows = shown.images.corpus, shown.images.rows
    return Search(
        images=[Shown(shown.images.ids[image], display_pixels(corpus.read(int(rows[image])))) for image in used],
        examples=[
            SearchExample(sentence, indices[line].tolist(), scores[line, nearest[line]].tolist())
            for line, sentence in enumerate(sentences)
        ],
    )


def _sentences(images: SplitImages, queries: Sequence[str]) -> list[str]:
    """Return what is searched for: the queries, and captions spread over the split."""
    texts = [text for row in images.rows for text in images.corpus.captions_of_image[row]]
    captions = list(dict.fromkeys(images.corpus.sentences[text] for text in texts))
    chosen = np.linspace(0, len(captions) - 1, min(SENTENCES, len(captions))).astype(int)
    return list(dict.fromkeys([*queries, *(captions[index] for index in chosen)]))
