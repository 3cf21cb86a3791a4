"""AnyReader: a CLIP that reads images of any size, tile by tile, beside a thumbnail of the whole."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Unpack

import torch
from torch import Tensor, nn

from sarvl.documents import Document, read_document, write_document
from sarvl.errors import ModelError
from sarvl.imagery import ImageBatches, InputContract, Prepared, PreparedImages, Square, Tiled
from sarvl.models.clips.clip import Clip, unit
from sarvl.models.clips.reader_options import Reader
from sarvl.models.clips.siglip import SigLip, of_squares
from sarvl.models.clips.tile_readers import tile_reader
from sarvl.models.networks.image_inputs import TilePlaces
from sarvl.models.networks.tensor_file import write_tensors
from sarvl.models.networks.towers import READER, tower_of
from sarvl.models.networks.weights import read_weights
from sarvl.models.open_clip.networks import check_weights
from sarvl.models.protocols import Features
from sarvl.models.sidecar import SIDECAR, read_sidecar

WEIGHTS = "reader_model.safetensors"
CONFIG = "reader_config.json"
_ADVICE = "restore the folder from one checkpoint"


class ReaderConfig(Document):
    """All of ``reader_config.json``."""

    format_version: Literal[1] = 1
    """Version of the file."""
    reader: Reader
    """How tiles are read."""


@dataclass
class AnyReader(Clip):
    """A CLIP with a reader of tiles: ``TwoTowers``, ``Trainable``, and ``TileEmbedder``.

    An image that fits into a tile has the features of the CLIP; so has the thumbnail of any other where an attention
    reader is not trained. network: the CLIP, with the reader as its module ``reader``. reader: what that is made from.
    Source: the idea, SARCLIP (Wang et al. 2025), which publishes no more of its AnyReader; the design is ours.
    """

    kind: ClassVar[str] = "any_reader"
    reader: Reader = field(kw_only=True)

    @classmethod
    def of(cls, clip: Clip, contract: InputContract, options: Reader) -> "AnyReader":
        """Return a CLIP, whose network is taken over, with an untrained reader of the tiles of ``contract``.

        Raises ModelError where these are not of the size that the CLIP takes, or have no thumbnail, or where the
        features of the CLIP cannot be parted into the heads of the reader.
        """
        clip.network.add_module(READER, tile_reader(options, int(clip.config["embed_dim"])).to(clip.device))
        fields = (clip.name, clip.network, contract, clip.config, clip.tokenizer)
        kind = SigLipReader if isinstance(clip, SigLip) else cls
        model = kind(*fields, history=clip.history, reader=options)
        if model.square.size != clip.square.size:
            sizes = f"{model.square.size} pixels, but its tower takes {clip.square.size}"
            raise ModelError(f"{clip.name}: its contract has tiles of {sizes}; correct `tile`")
        return model

    def clip(self) -> Clip:
        """Return the CLIP alone, whose network is taken over: what reads the thumbnail."""
        delattr(self.network, READER)
        return of_squares(self)

    @property
    def square(self) -> Square:
        """The frame of the CLIP: that of the thumbnail."""
        frame = self.contract.frame
        if not isinstance(frame, Tiled) or frame.thumbnail is None:
            raise ModelError(f"{self.name}: an AnyReader takes tiles with a thumbnail; correct the `frame`")
        shared = frame.model_dump(include={"interpolation", "antialias", "fill"})
        return Square(size=frame.tile, resize=frame.thumbnail, **shared)

    @property
    def reader_module(self) -> nn.Module:
        """The network of the reader."""
        module: nn.Module = getattr(self.network, READER)
        return module

    def image_features(self, pixels: Tensor, **shown: Unpack[TilePlaces]) -> Tensor:
        """Return the features (B, D), not normalised, of B images; all their tiles go through the tower in one call.

        pixels: bytes (sum of T, C, S, S), each image's thumbnail before its tiles.
        """
        features = super().image_features(pixels)
        if "tiles_of_image" not in shown or "places" not in shown:
            return features
        vectors: Tensor = self.reader_module(features.float(), shown["tiles_of_image"], shown["places"])
        return vectors

    @torch.inference_mode()
    def encode_tiles(self, images: ImageBatches, batch_size: int = 128) -> Features:
        """Return unit features of all tiles of N images, float32 (sum of T, D); batch_size: tiles at once."""
        self.network.eval()
        return unit(
            [self.image_features(self.image_inputs(batch)["pixels"]) for batch in self.batches(images, batch_size)]
        )

    def batches(self, images: ImageBatches, batch_size: int) -> Iterator[PreparedImages]:
        """Yield all images, some at a time: at most ``batch_size`` tiles, or those of one image."""
        frame: Any = self.contract.frame
        waiting: list[Prepared] = []
        # No more are read than may be as many tiles; most images have fewer, so that several reads make a batch.
        for read in super().batches(images, max(1, batch_size // (1 + frame.most_tiles))):
            for image in (read[place] for place in range(len(read))):
                if waiting and sum(len(other.tiles) for other in waiting) + len(image.tiles) > batch_size:
                    yield PreparedImages.of(waiting)
                    waiting = []
                waiting.append(image)
        if waiting:
            yield PreparedImages.of(waiting)

    def write_files(self, folder: Path) -> None:
        """Write the files of the CLIP, which open_clip opens, and weights and settings of the reader beside them."""
        super().write_files(folder)
        state = {name: tensor.detach().cpu().contiguous() for name, tensor in self.reader_module.state_dict().items()}
        write_tensors(folder / WEIGHTS, state, {"format": "pt"})
        write_document(folder / CONFIG, ReaderConfig(reader=self.reader))

    def clip_weights(self) -> dict[str, Tensor]:
        """Return the weights of the CLIP, without those of the reader: what open_clip opens."""
        return {name: tensor for name, tensor in super().clip_weights().items() if tower_of(name) != READER}


class SigLipReader(AnyReader, SigLip):
    """An AnyReader of a SigLip: ``SigmoidTowers``, and all that an AnyReader is."""


def any_reader_of_folder(clip: Clip, folder: Path) -> AnyReader:
    """Put the reader of a checkpoint folder on its CLIP; raises ModelError where it is damaged, or of another one."""
    options = read_document(folder / CONFIG, ReaderConfig, ModelError, _ADVICE).reader
    model = AnyReader.of(clip, read_sidecar(folder / SIDECAR).contract, options)
    given = read_weights(folder / WEIGHTS)
    try:
        check_weights(model.reader_module.state_dict(), given)
    except ModelError as problem:
        raise ModelError(f"{folder / WEIGHTS}: cannot be opened ({problem}); {_ADVICE}") from problem
    model.reader_module.load_state_dict(given)
    return model
