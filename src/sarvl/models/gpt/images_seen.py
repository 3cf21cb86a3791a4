"""ImagesSeen: what a decoder sees of the images that it is asked about, each encoded once for all its questions."""

from collections.abc import Callable
from hashlib import sha256

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from sarvl.imagery import Prepared, PreparedImages
from sarvl.models.gpt.network import Seen

_MOST_KEPT = 32


class ImagesSeen:
    """Encodes images that come in batches, where the same one may come again.

    encode: makes what is seen of some images. Images are the same where their pixels and tiles are. The last
    ``_MOST_KEPT`` are kept; it is made for one call, since they change with the weights.
    """

    def __init__(self, encode: Callable[[PreparedImages], Seen]) -> None:
        """Begin with nothing seen."""
        self._encode = encode
        self._kept: dict[bytes, Tensor] = {}

    def of(self, images: PreparedImages) -> tuple[Seen, Tensor]:
        """Return what is seen of the D different ones of N images, and which of them each image is (N,)."""
        keys = [_key(images[place]) for place in range(len(images))]
        places = {key: place for place, key in reversed(list(enumerate(keys)))}
        different = list(dict.fromkeys(keys))
        if new := [key for key in different if key not in self._kept]:
            self._kept |= _vectors(self._encode(images.batch([places[key] for key in new])), new)
        vectors = [self._kept[key] for key in different]
        others = [key for key in self._kept if key not in places]
        self._kept = {key: self._kept[key] for key in [*others, *different][-_MOST_KEPT:]}
        number = {key: place for place, key in enumerate(different)}
        return _seen(vectors), torch.tensor([number[key] for key in keys], device=vectors[0].device)


def _key(image: Prepared) -> bytes:
    parts = (image.tiles.tobytes(), image.offsets.tobytes(), str((image.tiles.shape, image.grid)).encode())
    return sha256(b"".join(parts)).digest()


def _vectors(seen: Seen, keys: list[bytes]) -> dict[bytes, Tensor]:
    """Return the vectors of each image without those that are not there, which stand behind the others."""
    rows = zip(keys, seen.vectors, seen.counts.tolist(), strict=True)
    return {key: vectors[:count] for key, vectors, count in rows}


def _seen(vectors: list[Tensor]) -> Seen:
    counts = torch.tensor([len(each) for each in vectors], device=vectors[0].device)
    joined = pad_sequence(vectors, batch_first=True)
    return Seen(joined, torch.arange(joined.shape[1], device=joined.device) < counts[:, None])
