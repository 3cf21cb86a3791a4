"""CaptionDecoder: a small decoder that looks at the spatial tokens of any image tower, put on a CLIP."""

from typing import Annotated, Literal

import torch
from open_clip.transformer import MultimodalTransformer
from pydantic import Field
from torch import Tensor, nn

from sarvl.documents import Document
from sarvl.models.decoding import Looks, Writer
from sarvl.models.vocabulary import Vocabulary

Count = Annotated[int, Field(strict=True, ge=1, le=4096)]


class DecoderShape(Document):
    """What a decoder is built from; all of ``decoder_config.json``."""

    format_version: Literal[1] = 1
    """Version of the file."""
    width: Count = 256
    """Of the stream, and of what is looked at."""
    heads: Count = 4
    """Of each attention; they part the width."""
    layers: Annotated[int, Field(strict=True, ge=1, le=100)] = 3
    """Each looks at the text, then at the image."""
    context: Count = 77
    """The most tokens of a text, start and end included."""
    vocabulary_sha256: str = ""
    """Of the file of the vocabulary beside the weights."""


class CaptionDecoder(nn.Module):
    """Logits of each next token of a caption, from the image's tokens and those of the caption before it."""

    def __init__(self, shape: DecoderShape, vocabulary_size: int, places: int, channels: int) -> None:
        """Build it for an image of ``places`` tokens of so many ``channels``."""
        super().__init__()
        self.shape = shape
        self.image_norm = nn.LayerNorm(channels)
        self.image_projection = nn.Linear(channels, shape.width)
        self.image_positions = nn.Parameter(torch.empty(places, shape.width))
        self.positions = nn.Parameter(torch.empty(shape.context, shape.width))
        self.transformer = MultimodalTransformer(shape.width, shape.layers, shape.heads, shape.context, output_dim=1)
        self._draw_blocks()
        self.take_vocabulary(vocabulary_size)

    def take_vocabulary(self, size: int) -> None:
        """Draw the weights that belong to the ids of a vocabulary of so many."""
        width = self.shape.width
        self.token_embedding = nn.Embedding(size, width)
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        self.transformer.text_projection = nn.Parameter(torch.empty(width, size))
        nn.init.normal_(self.transformer.text_projection, std=width**-0.5)

    def _draw_blocks(self) -> None:
        """Draw the weights of the blocks as those of CLIP's text tower are (Radford et al. 2021)."""
        width, layers = self.shape.width, self.shape.layers
        nn.init.normal_(self.positions, std=0.01)
        nn.init.normal_(self.image_positions, std=0.3)  # as large as what is added to them, so that places are seen
        out = width**-0.5 * (2 * layers) ** -0.5
        for block in (*self.transformer.resblocks, *self.transformer.cross_attn):
            nn.init.normal_(block.attn.in_proj_weight, std=width**-0.5)
            nn.init.normal_(block.attn.out_proj.weight, std=out)
            nn.init.normal_(block.mlp.c_fc.weight, std=(2 * width) ** -0.5)
            nn.init.normal_(block.mlp.c_proj.weight, std=out)

    def looked_at(self, tokens: Tensor) -> Tensor:
        """Return what the blocks look at (B, P, width), of the image's tokens (B, P, C)."""
        projected: Tensor = self.image_projection(self.image_norm(tokens))
        return projected + self.image_positions

    def forward(self, looked_at: Tensor, tokens: Tensor) -> Tensor:
        """Return the logits (B, L, V) of each next token, of ids (B, L)."""
        hidden = self.token_embedding(tokens) + self.positions[: tokens.shape[1]]
        logits: Tensor = self.transformer(looked_at, hidden)
        return logits

    def writer(self, vocabulary: Vocabulary) -> Writer:
        """Return it as what is decoded with."""
        transformer = self.transformer
        pairs = zip(transformer.resblocks, transformer.cross_attn, strict=True)
        blocks: list[tuple[Looks, nn.Module]] = []
        for own, cross in pairs:
            blocks += [("text", own), ("image", cross)]
        return Writer(
            embedding=self.token_embedding,
            positions=self.positions,
            blocks=tuple(blocks),
            norm=transformer.ln_final,
            projection=transformer.text_projection,
            start=vocabulary.start,
            end=vocabulary.end,
            padding=vocabulary.padding,
        )
