"""The model card: README.md of a checkpoint, with the head that the Hugging Face Hub reads."""

from collections.abc import Sequence
from pathlib import Path

from sarvl.markdown import escaped, front_matter, hub_licence, row
from sarvl.models.history import StageEntry
from sarvl.models.open_clip.config import CONFIG
from sarvl.models.open_clip.cut_tokenizer import VOCABULARY
from sarvl.models.sidecar import Sidecar

FILE = "README.md"
_KEPT = "`sarvl.json` keeps the input contract, the training stages and the figures."
_USE = f"""\
In Python, with sarvl (which brings SAR images to the model's input) or with open_clip alone:

    sarvl.models.load_model("FOLDER")
    open_clip.create_model_and_transforms("local-dir:FOLDER")

{_KEPT}"""
_USE_OF_OURS = f"""\
In Python, with sarvl:

    sarvl.models.load_model("FOLDER")

{_KEPT}"""
_USE_OF_CUT = f"""\
In Python, with sarvl:

    sarvl.models.load_model("FOLDER")

open_clip alone opens the network, and its image half works there. Texts do not: their tokenizer is a part of
open_clip's (`{VOCABULARY}`), and the ids of the whole one lie outside the text tower, which is an error.

{_KEPT}"""
_STAGE_HEAD = ("stage", "images", "split", "corpus", "steps", "epochs", "batch", "rate", "seed")


def model_card(sidecar: Sidecar, parameters: int, folder: Path, further: Sequence[str] = ()) -> str:
    """Return the card of the checkpoint in ``folder``; whatever comes from files stands in it as words.

    further: sections in Markdown, behind those on training and figures.
    """
    parts = [
        f"# {escaped(sidecar.name)}",
        f"A model of SAR images and text with {parameters:,} parameters, written by sarvl "
        f"{escaped(sidecar.sarvl_version)}. {escaped(_input_told(sidecar))} Licence: {escaped(sidecar.licence)}.",
        _use(folder),
        *_table("Training", _STAGE_HEAD, list(map(_stage_cells, sidecar.stages))),
        *_table("Figures", ("figure", "value"), [(name, f"{value:.4g}") for name, value in sidecar.metrics.items()]),
        *further,
        f"SHA-256 of the weights: {escaped(sidecar.weights_hash)}",
    ]
    return front_matter(_hub_fields(sidecar, folder)) + "\n\n".join(parts) + "\n"


def _use(folder: Path) -> str:
    if (folder / VOCABULARY).is_file():
        return _USE_OF_CUT
    return _USE if (folder / CONFIG).is_file() else _USE_OF_OURS


def _hub_fields(sidecar: Sidecar, folder: Path) -> dict[str, object]:
    """Return what the Hub lists a model by; only what open_clip can open is said to be of it."""
    is_open_clip = (folder / CONFIG).is_file() and not (folder / VOCABULARY).is_file()
    return {
        **hub_licence([sidecar.licence]),
        "language": ["en"],
        **({"library_name": "open_clip", "pipeline_tag": "zero-shot-image-classification"} if is_open_clip else {}),
        "tags": ["sar", "remote-sensing", "sarvl", *(["clip"] if is_open_clip else [])],
    }


def _input_told(sidecar: Sidecar) -> str:
    contract = sidecar.contract
    bands = ", ".join(band.name for band in contract.bands)
    return f"It takes {contract.frame.told}; bands {bands}, of {', '.join(contract.accepts)}."


def _stage_cells(stage: StageEntry) -> tuple[str, ...]:
    learned = (stage.stage, f"{stage.images:,}", stage.split, ", ".join(digest[:12] for digest in stage.digests))
    return (
        *learned,
        f"{stage.steps:,}",
        f"{stage.epochs:g}",
        str(stage.batch_size),
        f"{stage.learning_rate:g}",
        str(stage.seed),
    )


def _table(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Return a heading and a table; nothing where it has no row."""
    return [f"## {title}", "\n".join([row(head), f"|{'---|' * len(head)}", *map(row, rows)])] if rows else []
