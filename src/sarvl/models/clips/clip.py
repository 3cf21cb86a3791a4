"""Clip: an open_clip model with its tokenizer and its declared input contract."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import torch
from torch import Tensor
from torch.nn import functional

from sarvl.errors import ModelError
from sarvl.imagery import ImageBatches, PreparedImages, Square
from sarvl.models.model import Model
from sarvl.models.networks.feature_tower import FeatureTower, feature_tower
from sarvl.models.networks.image_inputs import TilePlaces, image_inputs
from sarvl.models.networks.planes import normalised, state_of_three_planes
from sarvl.models.networks.text_tower import encode_text, without_padding
from sarvl.models.open_clip.folder import write_open_clip_files
from sarvl.models.open_clip.preprocessing import preprocess_of
from sarvl.models.protocols import Features


@dataclass
class Clip(Model):
    """A contrastive image-text model: ``TwoTowers``, and ``Trainable``.

    network: an open_clip CLIP (``encode_image``, ``encode_text``, ``logit_scale``). config: its open_clip model_cfg.
    """

    tokenizer: Callable[..., Tensor]

    def __post_init__(self) -> None:
        """Refuse a contract of tiles."""
        _ = self.square

    @property
    def square(self) -> Square:
        """The frame of the contract; raises ModelError where it is another."""
        if not isinstance(self.contract.frame, Square):
            raise ModelError(f"{self.name}: its contract is of tiles, but a CLIP takes squares; correct its `frame`")
        return self.contract.frame

    @property
    def logit_scale(self) -> float:
        """The factor on cosines before the softmax."""
        return float(self.cosine_factor().detach())

    @property
    def logit_bias(self) -> float | None:
        """What a SigLIP adds to the scaled cosines, whose sigmoid is then a probability; None of a softmax's."""
        bias: Any = getattr(self.network, "logit_bias", None)
        return None if bias is None else float(bias.detach())

    def cosine_factor(self) -> Tensor:
        """Return the factor on cosines before the softmax, a scalar with its gradient."""
        factor: Tensor = self.network.logit_scale.exp()  # type: ignore[operator]
        return factor

    @torch.no_grad()
    def limit_cosine_factor(self, most: float) -> None:
        """Bring the factor into 1 to ``exp(most)``."""
        self.network.logit_scale.clamp_(0, most)  # type: ignore[operator]

    def normalise(self, pixels: Tensor) -> Tensor:
        """Turn bytes (B, C, S, S) of the input contract into what the image tower takes: float (B, channels, S, S)."""
        return normalised(pixels, self.contract)

    @property
    def tower_tokenizer(self) -> Callable[..., Tensor]:
        """What makes the token ids that the text tower reads."""
        return self.tokenizer

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """Return token ids (T, context), zeros behind each text.

        Raises ModelError where a text does not fit the tower: a cut caption would claim less than it says.
        """
        tokens = self.tower_tokenizer(list(texts))
        if cut := Clip.too_long(self, texts, tokens):
            shown = f"{texts[cut[0]][:60]}..."
            raise ModelError(f"{self.name}: a text has more than {tokens.shape[1]} tokens ({shown}); shorten it")
        return tokens

    def too_long(self, texts: Sequence[str], tokens: Tensor) -> list[int]:
        """Return which of ``texts`` were cut to make ``tokens`` (T, context)."""
        # A full row may just fit: it was cut only if one more place changes what stands in it.
        full = torch.nonzero(tokens[:, -1]).flatten().tolist()
        context = tokens.shape[1]
        longer = self.tower_tokenizer([texts[index] for index in full], context_length=context + 1) if full else tokens
        return [index for place, index in enumerate(full) if not torch.equal(longer[place, :context], tokens[index])]

    def image_features(self, pixels: Tensor, **shown: Unpack[TilePlaces]) -> Tensor:
        """Return the features (B, D), not normalised, of bytes (B, C, S, S) of the contract: a tile an image."""
        features: Tensor = self.network.encode_image(self.normalise(pixels))  # type: ignore[operator]
        return features

    def without_padding(self, tokens: Tensor) -> Tensor:
        """Cut token ids (B, context) to the longest text where the text tower is causal."""
        return without_padding(self.network, tokens)

    def text_features(self, tokens: Tensor) -> Tensor:
        """Return the features (B, D), not normalised, of token ids (B, L) without their padding."""
        return encode_text(self.network, tokens)

    def feature_tower(self, side: int) -> FeatureTower:
        """Return a copy of the image tower that gives maps of images of ``side`` pixels (``FeatureMaps``).

        Raises ModelError where it gives none, or takes no image of that size.
        """
        return feature_tower(self.network, side, self.name)

    @torch.inference_mode()
    def encode_images(self, images: ImageBatches, batch_size: int = 128) -> Features:
        """Return unit image features, float32 (N, D), of images that were prepared by the contract."""
        self.network.eval()
        return unit([self.image_features(**self.image_inputs(batch)) for batch in self.batches(images, batch_size)])

    def batches(self, images: ImageBatches, batch_size: int) -> Iterator[PreparedImages]:
        """Yield all images, some at a time, so that the tower sees about ``batch_size`` tiles at once."""
        for start in range(0, len(images), batch_size):
            yield images.batch(range(start, min(start + batch_size, len(images))))

    def image_inputs(self, images: PreparedImages) -> dict[str, Tensor]:
        """Return what ``image_features`` takes of prepared images, by name, on the model's device."""
        return {
            name: tensor.to(self.device)
            for name, tensor in image_inputs(images, torch.from_numpy(images.tiles)).items()
        }

    @torch.inference_mode()
    def encode_texts(self, texts: Sequence[str], batch_size: int = 256) -> Features:
        """Return unit text features, float32 (T, D)."""
        self.network.eval()
        features = []
        for start in range(0, len(texts), batch_size):
            tokens = self.tokenize(texts[start : start + batch_size]).to(self.device)  # (B, context)
            features.append(self.text_features(self.without_padding(tokens)))
        return unit(features)

    def write_files(self, folder: Path) -> None:
        """Write the files that open_clip opens into ``folder``."""
        config = {"model_cfg": self.config, "preprocess_cfg": preprocess_of(self.contract, self.square)}
        write_open_clip_files(folder, self.clip_weights(), config, self.tower_tokenizer)

    def clip_weights(self) -> dict[str, Tensor]:
        """Return the weights that open_clip opens, by name; their first layer has three planes."""
        return state_of_three_planes(self.network)


def unit(features: list[Tensor]) -> Features:
    """Return features of several batches as one array of vectors of length 1, float32 (N, D)."""
    vectors: Features = functional.normalize(torch.cat(features).float(), dim=-1).cpu().numpy()
    return vectors
