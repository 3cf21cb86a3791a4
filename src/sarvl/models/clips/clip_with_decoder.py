"""ClipWithDecoder: any CLIP with a small decoder of captions, which writes in a vocabulary of its own."""

import math
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from sarvl.documents import read_document, write_document
from sarvl.errors import ModelError
from sarvl.files import write_text
from sarvl.models.clips.caption_decoder import CaptionDecoder, DecoderShape
from sarvl.models.clips.clip import Clip
from sarvl.models.clips.texts_by_length import logits_of_texts
from sarvl.models.clips.writing_clip import WritingClip
from sarvl.models.decoding import Writer
from sarvl.models.networks.spatial_tokens import features_and_tokens, token_grid
from sarvl.models.networks.tensor_file import write_tensors
from sarvl.models.networks.towers import DECODER
from sarvl.models.networks.weights import read_weights
from sarvl.models.open_clip.networks import check_weights
from sarvl.models.vocabulary import Vocabulary, bytes_alone, read_vocabulary

WEIGHTS = "decoder_model.safetensors"
CONFIG = "decoder_config.json"
VOCABULARY = "decoder_tokenizer.json"
_ADVICE = "restore the folder from one checkpoint"


@dataclass(frozen=True)
class TwoTokenizers:
    """The ids of a text as the text tower reads it, and behind them as the decoder writes it, ``context`` of them."""

    tower: Callable[..., Tensor]
    vocabulary: Vocabulary
    context: int

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Return ids (T, context of the tower and context of the decoder)."""
        return torch.cat((self.tower(list(texts)), self.vocabulary.tokens(texts, self.context)), dim=1)


@dataclass
class ClipWithDecoder(WritingClip):
    """A CLIP of open_clip with our decoder: ``TwoTowers``, ``Trainable``, ``Captioner``, and ``CaptionLearner``.

    network: the CLIP, its decoder among its modules as ``text_decoder``. As a CLIP it gives what it gave without.
    """

    tokenizer: TwoTokenizers
    kind: ClassVar[str] = "clip_with_decoder"

    @property
    def decoder(self) -> CaptionDecoder:
        """The decoder."""
        return self.network.text_decoder  # type: ignore[return-value]

    @property
    def vocabulary(self) -> Vocabulary:
        """What the decoder writes with."""
        return self.tokenizer.vocabulary

    def take_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Write with another vocabulary from now on: the weights that belong to its pieces are drawn anew."""
        self.tokenizer = replace(self.tokenizer, vocabulary=vocabulary)
        self.decoder.take_vocabulary(vocabulary.size)
        self.decoder.to(self.device)

    @property
    def tower_tokenizer(self) -> Callable[..., Tensor]:
        """The tokenizer of the text tower."""
        return self.tokenizer.tower

    def too_long(self, texts: Sequence[str], tokens: Tensor) -> list[int]:
        """Return which of ``texts`` were cut to make ``tokens`` (T, both contexts), for tower or decoder."""
        by_tower = super().too_long(texts, self._read(tokens))
        return sorted({*by_tower, *self.vocabulary.cut(self.written(tokens))})

    def without_padding(self, tokens: Tensor) -> Tensor:
        """Return what the text tower reads of ``tokens``, cut to the longest text where the tower is causal."""
        return super().without_padding(self._read(tokens))

    def written(self, tokens: Tensor) -> Tensor:
        """Return what the decoder writes (B, its context), of ids (B, both contexts)."""
        return tokens[:, -self.tokenizer.context :]

    def _read(self, tokens: Tensor) -> Tensor:
        context: int = self.network.context_length  # type: ignore[assignment]
        return tokens[:, :context]

    def features_and_logits(self, pixels: Tensor, tokens: Tensor, is_text: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the features of images and texts (B, D), not normalised, and the logits (K, V) of what is text."""
        images, image_tokens = _features_and_tokens(self.network, self.normalise(pixels))
        texts = self.text_features(self.without_padding(tokens))
        looked_at = self.decoder.looked_at(image_tokens)
        logits = logits_of_texts(self.decoder, looked_at, self.written(tokens), is_text)
        return images, texts, logits

    @property
    def writer(self) -> Writer:
        """What writes captions: the decoder alone."""
        return self.decoder.writer(self.vocabulary)

    def image_tokens(self, pixels: Tensor) -> Tensor:
        """Return what the decoder looks at (B, P, W), of bytes (B, C, S, S) of the input contract."""
        _, tokens = _features_and_tokens(self.network, self.normalise(pixels))
        return self.decoder.looked_at(tokens)

    def words(self, tokens: Sequence[int]) -> str:
        """Return the text of pieces."""
        return self.vocabulary.words(tokens)

    def clip_weights(self) -> dict[str, Tensor]:
        """Return the weights of the CLIP, without those of the decoder: what open_clip opens."""
        return {name: tensor for name, tensor in super().clip_weights().items() if not name.startswith(f"{DECODER}.")}

    def write_files(self, folder: Path) -> None:
        """Write the files that open_clip opens, and the decoder's weights, settings and vocabulary beside them."""
        super().write_files(folder)
        state = {name: tensor.detach().cpu().contiguous() for name, tensor in self.decoder.state_dict().items()}
        write_tensors(folder / WEIGHTS, state, {"format": "pt"})
        write_text(folder / VOCABULARY, self.vocabulary.text())
        shape = self.decoder.shape.model_copy(update={"vocabulary_sha256": self.vocabulary.sha256})
        write_document(folder / CONFIG, shape)


def with_fresh_decoder(model: Clip, shape: DecoderShape | None = None) -> ClipWithDecoder:
    """Put an untrained decoder on a CLIP, whose network it then belongs to; it writes bytes until it learns pieces.

    Raises ModelError where the model writes captions already, or its image tower has no spatial tokens.
    """
    if isinstance(model, WritingClip):
        raise ModelError(f"{model.name}: has a decoder of captions already; start from it without a fresh one")
    vocabulary, shape = bytes_alone(), shape or DecoderShape()
    return _joined(model, CaptionDecoder(shape, vocabulary.size, *_grid(model)), vocabulary)


def with_decoder_of(model: ClipWithDecoder, clip: Clip) -> ClipWithDecoder:
    """Put the decoder of a model on its CLIP as it is at another size: the positions of what it looks at interpolated.

    Raises ModelError where the image tower does not give a square of spatial tokens.
    """
    decoder, vocabulary = model.decoder, model.vocabulary
    places, channels = _grid(clip)
    sides = [math.isqrt(count) for count in (len(decoder.image_positions), places)]
    if [side**2 for side in sides] != [len(decoder.image_positions), places]:
        raise ModelError(f"{model.name}: its image tower gives no square of spatial tokens; keep the size that it has")
    resized = CaptionDecoder(decoder.shape, vocabulary.size, places, channels)
    grid = decoder.image_positions.detach().T.reshape(1, -1, sides[0], sides[0])
    grid = functional.interpolate(grid, (sides[1], sides[1]), mode="bicubic", align_corners=False, antialias=True)
    resized.load_state_dict(decoder.state_dict() | {"image_positions": grid.flatten(2)[0].T})
    return _joined(clip, resized, vocabulary)


def without_decoder(model: ClipWithDecoder) -> Clip:
    """Return the CLIP of a model with a network of its own, whose weights are the same."""
    network = copy(model.network)
    network._modules = {name: part for name, part in network._modules.items() if name != DECODER}
    return Clip(model.name, network, model.contract, model.config, model.tower_tokenizer, history=model.history)


def with_decoder_of_folder(model: Clip, folder: Path) -> ClipWithDecoder:
    """Put the decoder of a checkpoint folder on its CLIP.

    Raises ModelError where a file is damaged, or of another checkpoint.
    """
    shape = read_document(folder / CONFIG, DecoderShape, ModelError, _ADVICE)
    vocabulary = read_vocabulary(folder / VOCABULARY)
    if vocabulary.sha256 != shape.vocabulary_sha256:
        raise ModelError(f"{folder / VOCABULARY}: not the vocabulary that the decoder was trained with; {_ADVICE}")
    grid, given = _grid(model), read_weights(folder / WEIGHTS)
    try:
        with torch.device("meta"):  # so that no memory is taken for weights that do not fit
            plan = CaptionDecoder(shape, vocabulary.size, *grid)
        check_weights(plan.state_dict(), given)
    except (ModelError, AssertionError) as problem:  # the latter of heads that do not part the width
        raise ModelError(f"{folder / WEIGHTS}: cannot be opened ({problem}); {_ADVICE}") from problem
    decoder = CaptionDecoder(shape, vocabulary.size, *grid)
    decoder.load_state_dict(given)
    return _joined(model, decoder, vocabulary)


def _joined(model: Clip, decoder: CaptionDecoder, vocabulary: Vocabulary) -> ClipWithDecoder:
    model.network.add_module(DECODER, decoder.to(model.device).eval())
    tokenizers = TwoTokenizers(model.tokenizer, vocabulary, decoder.shape.context)
    return ClipWithDecoder(
        model.name, model.network, model.contract, model.config, tokenizers, history=list(model.history)
    )


def _grid(model: Clip) -> tuple[int, int]:
    """Return how many spatial tokens the image tower gives, and of how many channels."""
    side = model.square.size
    pixels = torch.zeros((1, len(model.contract.bands), side, side), dtype=torch.uint8, device=model.device)
    channels, rows, columns = token_grid(model.network, model.normalise(pixels), model.name)
    return rows * columns, channels


def _features_and_tokens(network: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the features (B, D) of the image tower, not normalised, and its last spatial tokens (B, P, C)."""
    features, grid = features_and_tokens(network, images)
    return features, grid.flatten(2).transpose(1, 2)
