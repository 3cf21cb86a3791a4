"""Checkpoints: a folder with the files of a network, and sarvl.json beside them."""

from dataclasses import replace
from pathlib import Path

from sarvl import __version__
from sarvl.documents import write_document
from sarvl.errors import ModelError
from sarvl.files import FilePath, write_text
from sarvl.models.clips.creation import open_folder
from sarvl.models.kind import MODEL_KINDS
from sarvl.models.model import Model, hash_of_weights
from sarvl.models.model_card import FILE, model_card
from sarvl.models.open_clip.folder import model_folder
from sarvl.models.protocols import Trainable
from sarvl.models.sidecar import SIDECAR, Sidecar, read_sidecar


def save_model(model: Trainable, folder: FilePath, metrics: dict[str, float], licence: str) -> None:
    """Write ``model`` as a checkpoint folder.

    sarvl.json holds its contract, stages, metrics and licence, and README.md tells them to people and to the Hub.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model.write_files(folder)
    sidecar = Sidecar(
        sarvl_version=__version__,
        kind=model.kind,
        name=model.name,
        contract=model.contract,
        stages=tuple(model.history),
        metrics=metrics,
        licence=licence,
        weights_hash=hash_of_weights(model.network.state_dict()),
    )
    parameters = sum(parameter.numel() for parameter in model.network.parameters())
    write_text(folder / FILE, model_card(sidecar, parameters, folder))
    write_document(folder / SIDECAR, sidecar)


def load_checkpoint(folder: Path) -> Model:
    """Return the model of a checkpoint folder, or of a run of ``sarvl train`` (its best checkpoint).

    Raises ModelError where the folder holds none, is damaged, or holds settings or weights that could run code.
    """
    folder = model_folder(folder)
    path = folder / SIDECAR
    if not path.is_file():
        return open_folder(folder)
    sidecar = read_sidecar(path)
    model = MODEL_KINDS.get(sidecar.kind).load(folder, sidecar)
    if sidecar.weights_hash != model.weights_hash:
        raise ModelError(f"{path}: weights_hash differs from the weights beside it; restore both from one checkpoint")
    return replace(model, name=sidecar.name, contract=sidecar.contract, history=list(sidecar.stages))
