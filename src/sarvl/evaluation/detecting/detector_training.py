"""Training a detector on images with boxes, and having it look at others: seeded, one process."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sarvl.errors import EvaluationError
from sarvl.evaluation.detecting.boxed_images import BoxedImages
from sarvl.evaluation.detecting.detected import Detected
from sarvl.evaluation.detecting.detector import make_detector, targets_of
from sarvl.evaluation.detecting.detector_input import DetectorInput
from sarvl.evaluation.detecting.detector_settings import DetectorSettings
from sarvl.evaluation.detecting.learnt_images import LearntImage, drawn
from sarvl.imagery import ImageBatches
from sarvl.imagery.frames import View
from sarvl.models.protocols import FeatureMaps
from sarvl.progress import progress
from sarvl.seeds import seeded_number, torch_seed
from sarvl.training.weights.optimizer import cosine_rate, set_rate

_LARGEST_GRADIENT = 10.0


@dataclass(frozen=True)
class DetectorTrainer:
    """Makes detectors on the tower of a model. workers: images that are read at a time."""

    model: FeatureMaps
    settings: DetectorSettings
    workers: int | None = None

    @property
    def input(self) -> DetectorInput:
        """How images are brought to the detector."""
        return DetectorInput.of(self.model.contract, self.settings.image_size)

    def trained(self, boxed: BoxedImages, label: str) -> nn.Module:
        """Return a detector that learnt from images with boxes; the model stays as it is.

        label: what is told of the work. On one machine and with as many threads, equal calls give equal detectors.
        Raises ModelError where the tower gives no maps, EvaluationError where it takes no cuts, or where the loss is no
        number any more.
        """
        tower = self.model.feature_tower(self.settings.image_size)
        if self.settings.cut is not None and not tower.takes(self.settings.cut):
            raise EvaluationError("cut is for convolutional towers; a transformer takes images of image_size alone")
        devices = [parameter.device for parameter in tower.parameters() if parameter.device.type == "cuda"][:1]
        with torch.random.fork_rng(devices):
            torch.manual_seed(torch_seed(self.settings.seed))
            detector = make_detector(
                tower,
                self.settings.image_size,
                bands=len(self.model.contract.bands),
                classes=len(boxed.classes),
                channels=self.settings.channels,
                least_score=self.settings.least_score,
            )
            detector.to(next(tower.parameters()).device, memory_format=torch.channels_last)  # type: ignore[call-overload]
            self._train(detector, boxed, label)
        return detector.eval()

    def _train(self, detector: nn.Module, boxed: BoxedImages, label: str) -> None:
        settings, images = self.settings, self.input.prepared(boxed, self.workers)
        steps = ceil(len(boxed) / settings.batch_size)
        optimizer = _optimizer(detector, settings)
        detector.train()
        with progress(label, settings.epochs * len(boxed), "images") as advance:
            for epoch in range(settings.epochs):
                losses = []
                for step, batch in enumerate(self._batches(boxed, images, epoch), epoch * steps):
                    rate = cosine_rate(settings.learning_rate, step, settings.warmup_steps, settings.epochs * steps)
                    set_rate(optimizer, rate)
                    losses.append(_step(detector, optimizer, *batch, settings.precision))
                    if not isfinite(losses[-1]):
                        raise EvaluationError(f"{label}: the loss is no number at step {step}; lower learning_rate")
                    advance(len(batch[0]), {"loss": losses[-1]})
                advance.milestone(f"epoch {epoch + 1} of {settings.epochs}", {"loss": float(np.mean(losses))})

    def _batches(
        self, boxed: BoxedImages, images: ImageBatches, epoch: int
    ) -> Iterator[tuple[list[Tensor], list[dict[str, Tensor]]]]:
        """Yield the images of an epoch in an order of its own, some of them mirrored, with their targets."""
        settings = self.settings
        rng = np.random.default_rng(seeded_number(settings.seed, "detector", epoch))
        order = rng.permutation(len(boxed))
        for start in range(0, len(order), settings.batch_size):
            places = order[start : start + settings.batch_size]
            pixels = self._pixels(images, places)
            learnt = [
                drawn(self._image(boxed, int(place), values), self._view(boxed, int(place)), settings, rng)
                for values, place in zip(pixels, places, strict=True)
            ]
            device = pixels.device
            targets = [targets_of(image.boxes.to(device), image.labels.to(device)) for image in learnt]
            yield [image.pixels for image in learnt], targets

    def _pixels(self, images: ImageBatches, places: NDArray[np.int64]) -> Tensor:
        tiles: Any = images.batch(places).tiles
        device = next(self.model.network.parameters()).device
        return self.model.normalise(torch.from_numpy(tiles).to(device))

    def _view(self, boxed: BoxedImages, place: int) -> View:
        return self.input.view(*boxed.sizes[place].tolist())

    def _image(self, boxed: BoxedImages, place: int, pixels: Tensor) -> LearntImage:
        boxes = self.input.to_square(boxed.boxes[place], *boxed.sizes[place].tolist())
        return LearntImage(pixels, torch.from_numpy(boxes), torch.from_numpy(boxed.labels[place]))

    @torch.inference_mode()
    def detected(self, detector: nn.Module, boxed: BoxedImages) -> list[Detected]:
        """Return what a detector finds in each image."""
        images, size = self.input.prepared(boxed, self.workers), self.settings.batch_size
        made: list[Detected] = []
        with progress("detect", len(boxed), "images") as advance:
            for start in range(0, len(boxed), size):
                places = np.arange(start, min(start + size, len(boxed)))
                given = detector(list(self._pixels(images, places)))
                made += [self._in_image(one, boxed.sizes[place]) for one, place in zip(given, places, strict=True)]
                advance(len(places))
        return made

    def _in_image(self, given: dict[str, Tensor], size: NDArray[np.int64]) -> Detected:
        width, height = size.tolist()
        boxes = self.input.to_image(given["boxes"].double().cpu().numpy(), width, height)
        boxes = np.clip(boxes, 0, [width, height, width, height])
        scores = given["scores"].double().cpu().numpy()
        order = np.argsort(-scores, kind="stable")
        return Detected(boxes[order], given["labels"].cpu().numpy()[order], scores[order])


def _optimizer(detector: nn.Module, settings: DetectorSettings) -> torch.optim.AdamW:
    """Return AdamW; the tower learns at a rate of its own, and vectors and scalars get no weight decay."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in detector.named_parameters():
        if parameter.requires_grad:
            groups.setdefault((name.startswith("backbone.tower."), parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "factor": settings.tower_rate if in_tower else 1.0,
                "weight_decay": settings.weight_decay if is_matrix else 0.0,
            }
            for (in_tower, is_matrix), parameters in groups.items()
        ],
        lr=settings.learning_rate,
    )


def _step(
    detector: nn.Module,
    optimizer: torch.optim.Optimizer,
    pixels: Sequence[Tensor],
    targets: Sequence[dict[str, Tensor]],
    precision: str,
) -> float:
    """Learn from a batch; return its loss."""
    with torch.autocast(pixels[0].device.type, torch.bfloat16, enabled=precision == "bfloat16"):
        loss: Tensor = sum(detector(pixels, targets).values())
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(detector.parameters(), _LARGEST_GRADIENT)
    optimizer.step()
    return float(loss.detach())
