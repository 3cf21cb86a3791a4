"""captions-json: captions as JSON or JSON lines: COCO results (image_id, caption), and those of ``sarvl narrate``."""

from collections.abc import Iterator
from pathlib import Path

from sarvl.evaluation.predictions.parsing import PREDICTED, entries_of, field_of, text_of, truths_of
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PredictionFormat

_IMAGES = ("image", "image_id", "image_path", "image_name", "filename", "file_name")
_TRUTHS = ("captions", "references", "ground_truth", "label", "labels")


def read(path: Path) -> Iterator[Prediction]:
    """Yield one caption an entry; EvaluationError for one without an image or a caption.

    References that stand beside are what it is held against where no corpus is given: one text or object with a
    ``caption``, or a list of these.
    """
    for where, entry in entries_of(path):
        image = text_of(field_of(entry, _IMAGES, where), where)
        said = text_of(field_of(entry, ("caption", *PREDICTED), where), where)
        truths = next(filter(None, (truths_of(entry.get(name), where) for name in _TRUTHS)), ())
        yield Prediction(where, image, said, truths=truths)


FORMAT = PredictionFormat(read, "captions as JSON or JSON lines: COCO results, those of sarvl narrate")
