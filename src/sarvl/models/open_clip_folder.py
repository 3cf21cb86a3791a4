"""The files of a checkpoint that open_clip reads: weights and configuration."""

from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from sarvl.errors import ModelError
from sarvl.files import atomic_path, write_json
from sarvl.imagery import InputContract, Square
from sarvl.models.preprocessing import preprocess_of

WEIGHTS = "open_clip_model.safetensors"
CONFIG = "open_clip_config.json"


def write_open_clip_files(
    folder: Path, network: nn.Module, config: dict[str, Any], contract: InputContract, frame: Square
) -> None:
    """Write both files into ``folder``; config: open_clip's model_cfg. contract, frame: what its preprocessing says."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    with atomic_path(folder / WEIGHTS) as temporary:
        save_file(state, temporary, metadata={"format": "pt"})
    write_json(folder / CONFIG, {"model_cfg": config, "preprocess_cfg": preprocess_of(contract, frame)})


def checked_open_clip_folder(folder: Path) -> Path:
    """Return the folder that open_clip is to open: ``folder``, or its ``best`` where it is a run.

    Raises ModelError where there is none, or where its weights are pickled.
    """
    if not (folder / CONFIG).is_file() and (folder / "best" / CONFIG).is_file():
        folder = folder / "best"
    if not (folder / CONFIG).is_file():
        raise ModelError(f"{folder}: no {CONFIG}; give a run of `sarvl train` or a folder that open_clip can open")
    pickled = [path for ending in ("*.bin", "*.pth") for path in folder.glob(ending)]
    # Of weights under other names than its own, open_clip may take the pickled ones.
    if not (any(folder.glob("open_clip*.safetensors")) or (any(folder.glob("*.safetensors")) and not pickled)):
        raise ModelError(f"{folder}: no .safetensors weights; pickled weights are not loaded, convert them first")
    return folder
