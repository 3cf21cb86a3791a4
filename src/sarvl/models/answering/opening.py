"""Opening image-text-to-text models of transformers: a folder, or a name on the Hub, looked through before it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from logging import CRITICAL
from pathlib import Path
from typing import Any

from sarvl.errors import ModelError
from sarvl.models.adapting.four_bits import four_bit_loading
from sarvl.models.answering.calibration import temperature_of
from sarvl.models.answering.families import family_of
from sarvl.models.answering.image_text_model import ImageTextModel
from sarvl.models.answering.pictures import picture_contract
from sarvl.models.answering.processing import Processing
from sarvl.models.answering.safe_folder import PATTERNS, check_folder

_EXTRA = "pip install 'sarvl[transformers]'"


def open_image_text_model(path: str, quantize: str | None = None) -> ImageTextModel:
    """Return the model of a folder, or of a repository ``OWNER/NAME`` of the Hub, fetched or from its cache.

    quantize: the kind of 4 bits that the weights of its decoder get, such as ``nf4``; as they are where None.
    Raises ModelError where it cannot be had, is of another kind, lacks weights, or holds anything that could run code.
    """
    name, transformers = f"hf:{path}", _transformers(path)
    folder = Path(path) if Path(path).is_dir() else _fetched(name, path)
    config = check_folder(folder)
    _check_kind(transformers, name, config)
    with _opening(name):
        processor = transformers.AutoProcessor.from_pretrained(folder, trust_remote_code=False)
        network, told = transformers.AutoModelForImageTextToText.from_pretrained(
            folder,
            trust_remote_code=False,
            use_safetensors=True,
            dtype="auto",
            output_loading_info=True,
            **_four_bits(transformers, name, folder, quantize),
        )
    _check_weights(name, told)
    processing = Processing(processor, family_of(config["model_type"]), name)
    contract = picture_contract(processing.most_pixels)
    model = ImageTextModel(name, network.eval(), contract, config, processing)
    model.temperature = temperature_of(folder, model)
    return model


def _four_bits(transformers: Any, name: str, folder: Path, quantize: str | None) -> dict[str, Any]:
    if quantize is None:
        return {}
    config = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False)
    return four_bit_loading(name, quantize, config, transformers.AutoModelForImageTextToText, has_tower=True)


def _transformers(path: str) -> Any:
    try:
        return import_module("transformers")
    except ImportError as problem:
        raise ModelError(f"hf:{path}: transformers is not installed; {_EXTRA}") from problem


def _fetched(name: str, repository: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - only for names on the Hub

    if repository.count("/") > 1 or repository.startswith((".", "~", "/")):
        raise ModelError(f"{name}: no such folder; give one of transformers, or OWNER/NAME on the Hugging Face Hub")
    try:
        return Path(snapshot_download(repository, allow_patterns=list(PATTERNS)))
    except (OSError, ValueError, RuntimeError) as problem:
        reason = " ".join(str(problem).split())[:200]
        raise ModelError(f"{name}: cannot be fetched ({reason}); check the name and the network") from problem


def _check_kind(transformers: Any, name: str, config: dict[str, Any]) -> None:
    """Refuse models of another kind, and those whose texts are written by an encoder and a decoder."""
    kind, known = config["model_type"], transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING
    kinds = {each.model_type for each in known}
    if kind not in kinds:
        raise ModelError(
            f"{name}: {kind} is no image-text-to-text model that transformers {transformers.__version__} has; "
            "a CLIP or SigLIP goes through open_clip, as hf-hub:OWNER/NAME"
        )
    text = config.get("text_config")
    if config.get("is_encoder_decoder") or (isinstance(text, dict) and text.get("is_encoder_decoder")):
        raise ModelError(f"{name}: its language model is an encoder and a decoder; choose one with a decoder alone")


def _check_weights(name: str, told: dict[str, Any]) -> None:
    """Refuse weights that leave a part of the network as it was drawn."""
    lacking = sorted(map(str, (*told.get("missing_keys", ()), *told.get("mismatched_keys", ()))))
    if lacking:
        raise ModelError(
            f"{name}: {len(lacking)} weights are missing or do not fit, such as {lacking[0]}; fetch it again"
        )


@contextmanager
def _opening(name: str) -> Iterator[None]:
    """Say in one line that a model cannot be opened; meanwhile transformers draws no bars, and warns of nothing."""
    logging: Any = import_module("transformers.utils.logging")
    level, has_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    except ModelError:
        raise
    except Exception as problem:  # of many types: what transformers makes of settings and files
        reason = " ".join(str(problem).split())[:200] or type(problem).__name__
        raise ModelError(f"{name}: cannot be opened ({reason}); fetch it again, or check the folder") from problem
    finally:
        logging.set_verbosity(level)
        if has_bars:
            logging.enable_progress_bar()
