"""classify: how probable each of some classes is for image files, by the cosine of image and prompts."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from sarvl.errors import EvaluationError
from sarvl.evaluation.templates import DEFAULT_PROMPTS, class_embeddings, fill, prompt_set
from sarvl.files import FilePath
from sarvl.inference.features import FeaturesOfImages, features_of
from sarvl.inference.image_list import files_to_read
from sarvl.inference.image_options import ImageOptions
from sarvl.inference.located_image import Place, Refusal
from sarvl.measures.classification import probabilities
from sarvl.models.hub import check_hub
from sarvl.models.packaging.packaged_models import named_or_packaged

if TYPE_CHECKING:
    from sarvl.models.protocols import Embedder, Features


class Classified(NamedTuple):
    """An image, and the probability of each class. place: None without a georeference.

    The probabilities add up to 1, but for those of a SigLIP, which judges each class on its own.
    """

    path: Path
    probabilities: dict[str, float]
    place: Place | None

    @property
    def likeliest(self) -> str:
        """The class of the highest probability; of equal ones the first."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    def as_json(self) -> dict[str, Any]:
        """Return what is told of the image."""
        place = self.place._asdict() if self.place else dict.fromkeys(Place._fields)
        return {"file": str(self.path), "class": self.likeliest, "probabilities": self.probabilities, **place}


def classify(
    images: Sequence[FilePath] | FilePath,
    model: FilePath | None,
    classes: Sequence[str],
    *,
    templates: Sequence[str] | str = DEFAULT_PROMPTS,
    **options: Unpack[ImageOptions],
) -> Iterator[Classified | Refusal]:
    """Return the probabilities of image files, each made when it is asked for, as of the task ``zeroshot``.

    images, model, options: as of ``embed``. templates: prompts with one ``{}`` where the class name goes, or the name
    of a prompt set, or a YAML file of one.
    An image that cannot be used is a Refusal. Raises EvaluationError for fewer than two classes, one that stands twice,
    or a model without text, and ImageError where every image was refused.
    """
    files = files_to_read(images, options)
    told = {each.strip().casefold() for each in classes}  # as the text tower reads them
    if len(classes) < 2 or len(told) < len(classes) or "" in told:
        advice = "give two or more, each once whatever its capitals, such as ship,bridge,forest"
        raise EvaluationError(f"classes {', '.join(classes)}: {advice}")
    sentences = prompt_set(templates).templates if isinstance(templates, str) else templates
    for each in classes:
        fill(sentences, each)  # which refuses templates that have no place for it
    name = named_or_packaged(model)
    check_hub(name)
    # Heavy, and needed only once all the rest was checked.
    from sarvl.inference.opened_model import open_model  # noqa: PLC0415
    from sarvl.models.protocols import Embedder  # noqa: PLC0415

    loaded, embedder = open_model(name, Embedder, "classify", EvaluationError, options)
    prompts = class_embeddings(embedder.encode_texts, classes, sentences)  # (C, D)
    batches = features_of(files, embedder, loaded.contract, options)
    return _classified(batches, classes, prompts, embedder)


def _classified(
    batches: Iterator[FeaturesOfImages], classes: Sequence[str], prompts: "Features", embedder: "Embedder"
) -> Iterator[Classified | Refusal]:
    for batch in batches:
        if batch.features is not None:
            cosines = batch.features.astype(np.float64) @ prompts.T.astype(np.float64)  # (N, C)
            rows = probabilities(cosines, embedder.logit_scale, embedder.logit_bias)
            for image, row in zip(batch.images, rows, strict=True):
                yield Classified(image.path, dict(zip(classes, row.tolist(), strict=True)), image.place)
        yield from batch.refusals
