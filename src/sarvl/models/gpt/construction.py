"""A sarvl-gpt made: from a CLIP and a decoder, or from the folder of a checkpoint."""

from copy import copy, deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from sarvl.errors import ModelError
from sarvl.imagery import InputContract, Patches
from sarvl.imagery.frames import Frame
from sarvl.models.answering.calibration import temperature_of
from sarvl.models.clips.clip import Clip
from sarvl.models.gpt.gpt_files import Decoder, put_weights, read_gpt_files
from sarvl.models.gpt.language_options import Language, SmallLanguage
from sarvl.models.gpt.network import GptNetwork, Projector
from sarvl.models.gpt.sarvl_gpt import SarvlGpt, SmallGpt
from sarvl.models.gpt.script import ChatScript, PieceScript, Script
from sarvl.models.gpt.small_decoder import SmallDecoder
from sarvl.models.gpt.transformers_decoder import open_language_model
from sarvl.models.networks.planes import normalised, take_planes
from sarvl.models.networks.spatial_tokens import token_grid
from sarvl.models.networks.towers import tower_module
from sarvl.models.open_clip.networks import untrained_network
from sarvl.models.sidecar import Sidecar
from sarvl.models.vocabulary import bytes_alone

NAME = "sarvl-gpt"
_OF_TOWER = ("embed_dim", "vision_cfg", "quick_gelu")
_NO_TEXT = {"context_length": 4, "vocab_size": 4, "width": 8, "heads": 1, "layers": 1}


def with_language(clip: Clip, language: Language, quantize: str | None = None) -> SarvlGpt:
    """Return a sarvl-gpt of the image tower of ``clip``, which it takes over, and a decoder; the projector is drawn.

    quantize: the kind of 4 bits that the weights of a language model of transformers get; None for whole ones.
    Squares stay squares, and the tiles of an AnyReader stay tiles. A decoder of ours writes bytes until it learns
    pieces. Raises ModelError where the tower gives no spatial tokens, or where there is no such language model.
    """
    if isinstance(clip.contract.frame, Patches):
        raise ModelError(f"{clip.name}: what answers reads no patches; give a `frame` of kind square or tiled")
    decoder, script, small = _decoder(language, quantize)
    config = {name: value for name, value in clip.config.items() if name in _OF_TOWER} | {"text_cfg": _NO_TEXT}
    network = _network(tower_module(clip.network, "image"), clip.contract, decoder, clip.name)
    network.to(clip.device)
    if quantize:
        network.is_loaded_in_4bit = True  # type: ignore[assignment] # which peft asks for
    kind = SmallGpt if small else SarvlGpt
    return kind(
        NAME, network.eval(), clip.contract, config, script, small, history=list(clip.history), blind=language.blind
    )


def with_frame_of_gpt(model: SarvlGpt, frame: Frame) -> SarvlGpt:
    """Return a sarvl-gpt that sees images in another frame, of as many pixels; its weights stay as they are.

    Where a token lies in the image is known to its decoder, so that tiles are read as a square is.
    Raises ModelError for patches, and for squares or tiles of another size.
    """
    side = model.contract.frame.side
    if isinstance(frame, Patches) or frame.side != side:
        raise ModelError(f"{model.name}: its tower keeps its size: give a `frame` of squares or tiles of {side} pixels")
    return replace(model, contract=model.contract.model_copy(update={"frame": frame}))


def gpt_of_folder(folder: Path, sidecar: Sidecar) -> SarvlGpt:
    """Return the model of a checkpoint folder; raises ModelError where a file is damaged, or of another checkpoint."""
    config, told, script, decoder, weights = read_gpt_files(folder)
    clip = untrained_network(config)
    take_planes(clip, len(sidecar.contract.bands))
    network = _network(tower_module(clip, "image"), sidecar.contract, decoder, str(folder))
    put_weights(network, weights, folder)
    kind = SmallGpt if told.small else SarvlGpt
    model = kind(sidecar.name, network.eval(), sidecar.contract, config, script, told.small, blind=told.blind)
    model.temperature = temperature_of(folder, model)
    return model


def without_pooling(model: SmallGpt) -> SmallGpt:
    """Return a copy without what a tower of timm has behind its spatial tokens: nothing that is answered needs it."""
    config = deepcopy(model.config)
    if "timm_model_name" in config["vision_cfg"]:
        config["vision_cfg"] |= {"timm_pool": "avg", "timm_proj": "none"}
    clip = untrained_network(config)
    take_planes(clip, len(model.contract.bands))
    network = _network(tower_module(clip, "image"), model.contract, deepcopy(model.gpt.text_decoder), model.name)
    before = model.network.state_dict()
    network.load_state_dict({name: before[name] for name in network.state_dict()})
    bare = copy(model)
    bare.network, bare.config = network.eval(), config
    return bare


def _decoder(language: Language, quantize: str | None) -> tuple[Decoder, Script, SmallLanguage | None]:
    if isinstance(language, SmallLanguage):
        vocabulary = bytes_alone()
        return SmallDecoder(language, vocabulary.size), PieceScript(vocabulary), language
    decoder, tokenizer = open_language_model(language.model, quantize)
    return decoder, ChatScript.of(tokenizer, str(language.model)), None


def _network(visual: nn.Module, contract: InputContract, decoder: Decoder, name: str) -> GptNetwork:
    tower: Any = nn.Module()
    tower.visual = visual.eval()
    side = contract.frame.side
    place = next(visual.parameters()).device
    blank = normalised(torch.zeros((1, len(contract.bands), side, side), dtype=torch.uint8, device=place), contract)
    channels, _, _ = token_grid(tower, blank, name)
    return GptNetwork(visual, Projector(channels, decoder.width), decoder)
