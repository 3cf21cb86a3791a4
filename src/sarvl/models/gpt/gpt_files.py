"""The files of a sarvl-gpt: weights, what the network is built from, and the tokenizer; no code, and no pickle."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from torch import Tensor

from sarvl.documents import Document, read_document, write_document
from sarvl.errors import ModelError
from sarvl.files import sha256_of, write_json, write_text
from sarvl.models.gpt.language_options import SmallLanguage
from sarvl.models.gpt.script import ChatScript, PieceScript, Script
from sarvl.models.gpt.small_decoder import SmallDecoder
from sarvl.models.gpt.transformers_decoder import TransformersDecoder, untrained_language_model
from sarvl.models.networks.tensor_file import write_tensors
from sarvl.models.networks.weights import read_weights
from sarvl.models.open_clip.config import read_config
from sarvl.models.open_clip.networks import check_weights
from sarvl.models.vocabulary import read_vocabulary

if TYPE_CHECKING:
    from sarvl.models.gpt.sarvl_gpt import SarvlGpt

CONFIG = "gpt_config.json"
TOWER = "tower_config.json"
WEIGHTS = "gpt_model.safetensors"
VOCABULARY = "gpt_vocabulary.json"
LANGUAGE = "language"
"""The folder with configuration and tokenizer of a decoder of transformers."""
_ADVICE = "restore the folder from one checkpoint"
Decoder = SmallDecoder | TransformersDecoder


class GptConfig(Document):
    """All of ``gpt_config.json``."""

    format_version: Literal[1] = 1
    """Version of the file."""
    small: SmallLanguage | None
    """What a decoder of ours is built from; null for one of transformers, whose configuration is in ``language/``."""
    vocabulary_sha256: str | None
    """Of the file of the vocabulary, of a decoder of ours."""
    blind: bool = False
    """Whether every image is black to it."""


def write_gpt_files(model: "SarvlGpt", folder: Path) -> None:
    """Write the files of a model into ``folder``."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in model.network.state_dict().items()}
    write_tensors(folder / WEIGHTS, state, {"format": "pt"})
    write_json(folder / TOWER, {"model_cfg": model.config})
    sha256 = None
    if isinstance(model.script, PieceScript):
        text = model.script.vocabulary.text()
        write_text(folder / VOCABULARY, text)
        sha256 = sha256_of(text.encode())
    elif isinstance(model.script, ChatScript):
        decoder: Any = model.gpt.text_decoder
        decoder.model.config.save_pretrained(folder / LANGUAGE)
        model.script.tokenizer.save_pretrained(folder / LANGUAGE)
    write_document(folder / CONFIG, GptConfig(small=model.language, vocabulary_sha256=sha256, blind=model.blind))


class GptFiles(NamedTuple):
    """What a folder holds. tower: of what the image tower is built. weights: of all, not yet in ``decoder``."""

    tower: dict[str, Any]
    config: GptConfig
    script: Script
    decoder: Decoder
    weights: dict[str, Tensor]


def read_gpt_files(folder: Path) -> GptFiles:
    """Read the files of a folder; raises ModelError where one is missing, damaged or of another checkpoint."""
    config = read_document(folder / CONFIG, GptConfig, ModelError, _ADVICE)
    tower, _ = read_config(folder / TOWER)
    weights = read_weights(folder / WEIGHTS)
    if config.small is None:
        decoder, tokenizer = untrained_language_model(folder / LANGUAGE)
        return GptFiles(tower, config, ChatScript.of(tokenizer, str(folder / LANGUAGE)), decoder, weights)
    vocabulary = read_vocabulary(folder / VOCABULARY)
    if vocabulary.sha256 != config.vocabulary_sha256:
        raise ModelError(f"{folder / VOCABULARY}: not the vocabulary that the decoder was trained with; {_ADVICE}")
    return GptFiles(tower, config, PieceScript(vocabulary), SmallDecoder(config.small, vocabulary.size), weights)


def put_weights(network: Any, weights: dict[str, Tensor], folder: Path) -> None:
    """Put weights into a network; raises ModelError where they do not fit it."""
    try:
        check_weights(network.state_dict(), weights)
    except ModelError as problem:
        raise ModelError(f"{folder / WEIGHTS}: cannot be opened ({problem}); {_ADVICE}") from problem
    network.load_state_dict(weights)
