"""Coca: an open_clip CoCa, which is a CLIP that also writes captions."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.imagery import ImageBatches
from sarvl.models.clip import Clip
from sarvl.models.decoding import Looks, Writer, Written, write_texts
from sarvl.models.protocols import Decoding, Generated

_IMAGES_AT_ONCE = 16


@dataclass
class Coca(Clip):
    """A CLIP with a decoder of captions: ``TwoTowers``, ``Trainable``, ``Captioner``, and ``CaptionLearner``.

    network: an open_clip ``CoCa`` whose text tower is open_clip's own (Yu et al. 2022).
    """

    @property
    def writer(self) -> Writer:
        """What writes captions: the text tower, then the decoder that looks at the image."""
        network: Any = self.network
        text, decoder = network.text, network.text_decoder
        if getattr(text, "cls_emb", None) is None:
            raise ModelError(f"{self.name}: its text tower is not of open_clip's CoCa; it cannot write captions")
        blocks: list[tuple[Looks, Any]] = [("tower", block) for block in text.transformer.resblocks]
        for own, cross in zip(decoder.resblocks, decoder.cross_attn, strict=True):
            blocks += [("text", own), ("image", cross)]
        return Writer(
            embedding=text.token_embedding,
            positions=text.positional_embedding[: text.context_length],
            blocks=tuple(blocks),
            norm=decoder.ln_final,
            projection=decoder.text_projection,
            start=self.tokenizer.sot_token_id,  # type: ignore[attr-defined]
            end=self.tokenizer.eot_token_id,  # type: ignore[attr-defined]
            padding=network.pad_id,
            mask="own" if text.correct_cls_mask else "next",
        )

    def initialise_writer(self) -> None:
        """Draw the weights that give logits: open_clip leaves there what the memory held before."""
        projection: Tensor = self.network.text_decoder.text_projection  # type: ignore[union-attr, assignment]
        nn.init.normal_(projection, std=len(projection) ** -0.5)

    @torch.inference_mode()
    def caption(self, images: ImageBatches, decoding: Decoding) -> list[Generated]:
        """Return one caption an image; the image is encoded once, and each token computed once."""
        self.network.eval()
        writer = self.writer
        generated = []
        for start in range(0, len(images), _IMAGES_AT_ONCE):
            batch = images.batch(range(start, min(start + _IMAGES_AT_ONCE, len(images))))
            pixels = torch.from_numpy(batch.tiles).to(self.device)  # (B, C, S, S)
            texts = write_texts(writer, self.image_tokens(pixels), decoding, first_number=start)
            generated += [self._generated(text) for text in texts]
        return generated

    @property
    def padding(self) -> int:
        """The token id that is no part of a text."""
        return int(self.network.pad_id)  # type: ignore[arg-type]

    def features_and_logits(self, pixels: Tensor, tokens: Tensor, length: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return the features of images and texts (B, D), not normalised, and the logits (B, length, V)."""
        network: Any = self.network
        images, image_tokens = network.visual(self.normalise(pixels))
        texts, text_tokens = network.text(tokens)
        return images, texts, network.text_decoder(image_tokens, text_tokens[:, :length])

    def image_tokens(self, pixels: Tensor) -> Tensor:
        """Return what the decoder looks at (B, P, W), of bytes (B, C, S, S) of the input contract."""
        _, tokens = self.network.visual(self.normalise(pixels))  # type: ignore[operator]
        return tokens  # type: ignore[no-any-return]

    def _generated(self, text: Written) -> Generated:
        words = self.tokenizer.decode(text.tokens)  # type: ignore[attr-defined]
        return Generated(" ".join(words.split()), text.log_probability)
