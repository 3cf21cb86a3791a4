"""Features of image files, batch by batch: of the images that were seen, only what is told of them is kept."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sarvl.errors import ImageError
from sarvl.imagery import InputContract, PreparedImages
from sarvl.inference.image_options import ImageOptions
from sarvl.inference.located_image import FileToRead, LocatedImage, Refusal, read_located
from sarvl.parallel import ordered_map

if TYPE_CHECKING:
    from sarvl.models.protocols import Features, ImageEmbedder

BATCH_SIZE = 64
_FEW_IMAGES = 32  # are read before other processes have started
_IMAGES_A_CHUNK = 4


class FeaturesOfImages(NamedTuple):
    """Some images with their unit features (N, D), None where there is no image; and the files that were refused."""

    images: list[LocatedImage]
    features: "Features | None"
    refusals: list[Refusal]


def features_of(
    files: Sequence[FileToRead], embedder: "ImageEmbedder", contract: InputContract, options: ImageOptions
) -> Iterator[FeaturesOfImages]:
    """Yield the features of image files, a batch at a time; raises ImageError where each was refused."""
    first_refusal, seen = None, 0
    for read in located_batches(files, contract, options):
        located = [image for image in read if isinstance(image, LocatedImage)]
        refusals = [image for image in read if isinstance(image, Refusal)]
        features = embedder.encode_images(PreparedImages.of([image.prepared for image in located])) if located else None
        seen += len(located)
        first_refusal = first_refusal or next(iter(refusals), None)
        yield FeaturesOfImages(located, features, refusals)
    if not seen and first_refusal:
        raise _all_refused(files, first_refusal)


def located_batches(
    files: Sequence[FileToRead], contract: InputContract, options: ImageOptions
) -> Iterator[list[LocatedImage | Refusal]]:
    """Yield image files as a model sees them, a batch at a time; one that cannot be used is a Refusal."""
    work = partial(read_located, contract=contract)
    batch: list[LocatedImage | Refusal] = []
    workers = options.get("workers") if len(files) > _FEW_IMAGES else 1
    size = options.get("batch_size") or BATCH_SIZE
    for image in ordered_map(work, files, workers, "read images", "images", items_a_chunk=_IMAGES_A_CHUNK):
        batch.append(image)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _all_refused(files: Sequence[FileToRead], refusal: Refusal) -> ImageError:
    if len(files) == 1:
        return ImageError(refusal.reason)
    return ImageError(f"none of {len(files)} images can be used, such as {refusal.reason}")
