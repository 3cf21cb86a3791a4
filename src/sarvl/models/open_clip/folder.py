"""The files of a checkpoint that open_clip reads: weights, configuration and, if of transformers, the tokenizer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from sarvl.errors import ModelError
from sarvl.files import write_json
from sarvl.models.networks.tensor_file import write_tensors
from sarvl.models.networks.weights import WEIGHT_ENDINGS, WEIGHTS
from sarvl.models.open_clip.config import CONFIG
from sarvl.models.sidecar import SIDECAR


def write_open_clip_files(folder: Path, weights: Mapping[str, Tensor], config: dict[str, Any], tokenizer: Any) -> None:
    """Write the files into ``folder``; config: open_clip's ``model_cfg`` and ``preprocess_cfg``."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    write_tensors(folder / WEIGHTS, state, {"format": "pt"})
    write_json(folder / CONFIG, config)
    if hasattr(tokenizer, "save_pretrained"):  # open_clip looks for it beside the weights
        tokenizer.save_pretrained(folder)


def model_folder(folder: Path) -> Path:
    """Return the folder that holds a model, of ours or of open_clip: ``folder``, or its ``best`` where it is a run.

    Raises ModelError where there is none.
    """
    if not _has_model(folder) and _has_model(folder / "best"):
        folder = folder / "best"
    if folder.is_file() and folder.suffix not in WEIGHT_ENDINGS:
        raise ModelError(f"{folder}: no model; give a run of `sarvl train`, a checkpoint folder or a file of weights")
    if folder.is_file():
        raise ModelError(f"{folder}: a file of weights alone; say of which architecture, as in ViT-B-32:{folder}")
    if not _has_model(folder):
        raise ModelError(f"{folder}: no {CONFIG}; give a run of `sarvl train` or a folder that open_clip can open")
    return folder


def _has_model(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (CONFIG, SIDECAR))
