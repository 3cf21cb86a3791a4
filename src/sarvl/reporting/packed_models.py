"""What can be packed, each kind in its way: made small, and held against what it was before."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sarvl.corpus import Corpus
from sarvl.errors import ModelError
from sarvl.evaluation.templates import prompt_set, prompt_set_names
from sarvl.files import FilePath
from sarvl.imagery import PreparedImages
from sarvl.language.words.kinds import listed_names
from sarvl.language.words.lexicon import plural_of
from sarvl.models.clips.clip import Clip
from sarvl.models.gpt.construction import without_pooling
from sarvl.models.gpt.sarvl_gpt import SmallGpt
from sarvl.models.loading import load_model
from sarvl.models.networks.weights import WEIGHTS
from sarvl.models.packaging.packing import check_vocabulary, packed, rounded
from sarvl.models.protocols import check_able
from sarvl.reporting.packed_card import Packing

Packable = Clip | SmallGpt
_IMAGES, _TEXTS = 64, 1000
_FLOAT16 = "Large tensors are kept in float16, and computed in float32. "


def open_packable(name: FilePath) -> Packable:
    """Return a model that can be packed; raises ModelError where it is of another kind, or reads other words."""
    model = load_model(name)
    check_able(model, Packable, "sarvl pack", str(name), ModelError)
    if isinstance(model, Clip):
        check_vocabulary(model)  # before anyone looks for its corpora
    return model  # type: ignore[return-value]


def made_small(model: Packable, texts: Sequence[str]) -> Packable:
    """Return a copy of a model as it is packed; texts: those of its data. Raises ModelError where it cannot be."""
    return packed(model, _words(texts)) if isinstance(model, Clip) else rounded(without_pooling(model))


def compared(loaded: Packable, small: Packable, corpora: Sequence[Corpus], texts: Sequence[str], work: Path) -> Packing:
    """Return what packing did, with how close the model stays to the checkpoint on images of the last corpus.

    work: the folder into which it was packed.
    """
    corpus = corpora[-1]
    rows = np.unique(np.linspace(0, len(corpus.images) - 1, _IMAGES).astype(int)).tolist()
    images = PreparedImages.of([loaded.contract.prepare(corpus.read(index)) for index in rows])
    if isinstance(loaded, Clip) and isinstance(small, Clip):
        return _of_clip(loaded, small, images, texts, work)
    same = _same_captions((loaded, small), images)
    told = f"{same} of {len(images)} images of its data have the same caption as before"
    return Packing(_bytes(work), {}, f"{_FLOAT16}It has {_bytes(work) / 1e6:.1f} MB; {told}.", told)


def _of_clip(loaded: Clip, small: Clip, images: PreparedImages, texts: Sequence[str], work: Path) -> Packing:
    some = [texts[index] for index in np.unique(np.linspace(0, len(texts) - 1, _TEXTS).astype(int))]
    image_cosine = float((loaded.encode_images(images) * small.encode_images(images)).sum(axis=1).min())
    text_cosine = float((loaded.encode_texts(some) * small.encode_texts(some)).sum(axis=1).min())
    pieces, clip_bytes, all_bytes = (
        small.config["text_cfg"]["vocab_size"],
        (work / WEIGHTS).stat().st_size,
        _bytes(work),
    )
    return Packing(
        all_bytes,
        {"its CLIP": clip_bytes},
        f"{_FLOAT16}The text tower keeps {pieces:,} of the "
        "49,408 pieces of open_clip's vocabulary: all bytes, and those of the texts of its data, of prompts and of the "
        "names that sarvl knows. Other words are read in smaller pieces. "
        f"The CLIP has {clip_bytes / 1e6:.1f} MB, all {all_bytes / 1e6:.1f} MB. Features of "
        f"{len(images):,} images and {len(some):,} texts of its data have cosines of at least "
        f"{image_cosine:.5f} and {text_cosine:.5f} with those before.",
        f"cosines of features with those before: at least {image_cosine:.5f} of images, {text_cosine:.5f} of texts; "
        f"{pieces:,} pieces of text",
    )


def _same_captions(models: Sequence[Any], images: PreparedImages) -> int:
    before, after = ([each.text for each in model.caption(images)] for model in models)
    return sum(one == two for one, two in zip(before, after, strict=True))


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _words(texts: Sequence[str]) -> list[str]:
    """Return texts, and what a user is likely to ask for besides: prompts, and the names that sarvl knows."""
    prompts = [template for name in prompt_set_names() for template in prompt_set(name).templates]
    names = listed_names()
    return [*texts, *prompts, *names, *map(plural_of, names)]
