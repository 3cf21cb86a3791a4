"""Coca: an open_clip CoCa, which is a CLIP that also writes captions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.clips.texts_by_length import logits_of_texts
from sarvl.models.clips.writing_clip import WritingClip
from sarvl.models.decoding import Looks, Writer


@dataclass
class Coca(WritingClip):
    """A CLIP with a decoder of captions: ``TwoTowers``, ``Trainable``, ``Captioner``, and ``CaptionLearner``.

    network: an open_clip ``CoCa`` whose text tower is open_clip's own (Yu et al. 2022). It reads and writes the same
    tokens; the vector of a text stands behind the last of them, so that they are never cut to the longest text.
    """

    @property
    def writer(self) -> Writer:
        """What writes captions: the text tower, then the decoder that looks at the image."""
        network: Any = self.network
        text, decoder = network.text, network.text_decoder
        tokenizer: Any = self.tokenizer
        if getattr(text, "cls_emb", None) is None or not hasattr(tokenizer, "sot_token_id"):
            raise ModelError(
                f"{self.name}: its text tower or tokenizer is not of open_clip's own CoCa, so that it cannot write "
                "captions; choose coca_ViT-B-32 or another of those"
            )
        blocks: list[tuple[Looks, Any]] = [("tower", block) for block in text.transformer.resblocks]
        for own, cross in zip(decoder.resblocks, decoder.cross_attn, strict=True):
            blocks += [("text", own), ("image", cross)]
        return Writer(
            embedding=text.token_embedding,
            positions=text.positional_embedding[: text.context_length],
            blocks=tuple(blocks),
            norm=decoder.ln_final,
            projection=decoder.text_projection[:, : tokenizer.vocab_size],  # coca_base has ids that mean nothing
            start=tokenizer.sot_token_id,
            end=tokenizer.eot_token_id,
            padding=network.pad_id,
            mask="own" if text.correct_cls_mask else "next",
        )

    def initialise_writer(self) -> None:
        """Draw the weights that give logits: open_clip leaves there what the memory held before."""
        projection: Tensor = self.network.text_decoder.text_projection  # type: ignore[union-attr, assignment]
        nn.init.normal_(projection, std=len(projection) ** -0.5)

    def written(self, tokens: Tensor) -> Tensor:
        """Return ``tokens`` themselves: what the text tower reads is what the decoder writes."""
        return tokens

    def features_and_logits(self, pixels: Tensor, tokens: Tensor, is_text: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the features of images and texts (B, D), not normalised, and the logits (K, V) of what is text."""
        network: Any = self.network
        images, image_tokens = network.visual(self.normalise(pixels))
        texts, text_tokens = network.text(tokens)
        return images, texts, logits_of_texts(network.text_decoder, image_tokens, text_tokens, is_text)

    def image_tokens(self, pixels: Tensor) -> Tensor:
        """Return what the decoder looks at (B, P, W), of bytes (B, C, S, S) of the input contract."""
        _, tokens = self.network.visual(self.normalise(pixels))  # type: ignore[operator]
        return tokens  # type: ignore[no-any-return]

    def words(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens."""
        return str(self.tokenizer.decode(tokens))  # type: ignore[attr-defined]
