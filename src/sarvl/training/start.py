"""The model that a recipe starts from, with the input that it asks for."""

from pathlib import Path

import torch

from sarvl.errors import ModelError
from sarvl.files import sha256_of_file
from sarvl.models import Clip, create_model, load_image_tower, load_model, with_fresh_decoder
from sarvl.models.adapting.image_start import IMAGE_STARTS
from sarvl.models.answering.answer_learning import LearningImageTextModel
from sarvl.models.answering.image_text_model import ImageTextModel
from sarvl.models.answering.opening import open_image_text_model
from sarvl.models.clips.attention_pool import with_attention_pool
from sarvl.models.clips.model_input import with_bands, with_frame
from sarvl.models.clips.siglip import with_bias
from sarvl.models.conversion import without_folders
from sarvl.models.gpt.construction import with_frame_of_gpt, with_language
from sarvl.models.gpt.sarvl_gpt import SarvlGpt
from sarvl.models.loader import IMAGE_TEXT
from sarvl.models.model import Model
from sarvl.models.protocols import Trainable, able
from sarvl.seeds import torch_seed
from sarvl.training.recipe import ModelStart, TrainRecipe


def start_model(recipe: TrainRecipe) -> Trainable:
    """Return the model of ``recipe.model``, the same for the same seed.

    Raises ModelError where there is none, where it cannot be trained, or where it cannot be what is asked for.
    """
    torch.manual_seed(torch_seed(recipe.seed))
    start = recipe.model
    named = start.architecture or str(start.start)
    named_model = _named(start, named)
    if isinstance(named_model, ImageTextModel):
        named_model = LearningImageTextModel.of(named_model)
    if start.image_weights:
        load_image_tower(able(named_model, Trainable, "sarvl train", named, ModelError), start.image_weights)
    if start.pool:
        named_model = with_attention_pool(able(named_model, Clip, "attention pooling (`pool`)", named, ModelError))
    if start.decoder:
        named_model = with_fresh_decoder(able(named_model, Clip, "a fresh decoder", named, ModelError))
    model = able(named_model, Trainable, "sarvl train", named, ModelError)
    if start.logit_bias is not None:
        model = with_bias(able(model, Clip, "logit_bias", named, ModelError), start.logit_bias)
    if start.bands or start.frame or start.reader:
        model = _with_input(model, start, named)
    if start.language:
        model = with_language(
            able(model, Clip, "a decoder that answers (`language`)", named, ModelError), start.language, start.quantize
        )
    return model


def _named(start: ModelStart, named: str) -> Model:
    if start.architecture:
        return create_model(named)
    if start.quantize and not start.language:
        return open_image_text_model(named.removeprefix(IMAGE_TEXT), start.quantize)
    return load_model(named)


def start_told(start: ModelStart) -> str:
    """Return in words what a model is before its first stage; of a file of weights its name and SHA-256."""
    model = start.architecture or without_folders(str(start.start))
    if start.image_weights is None:
        return f"{model}, untrained" if start.architecture else model
    if start.image_weights in IMAGE_STARTS.names():
        licence = IMAGE_STARTS.get(start.image_weights).licence
        return f"{model}, its image tower from {start.image_weights} ({licence})"
    path = Path(start.image_weights)
    return f"{model}, its image tower from {path.name} (SHA-256 {sha256_of_file(path)[:12]})"


def _with_input(model: Trainable, start: ModelStart, named: str) -> Trainable:
    if isinstance(model, SarvlGpt) and start.frame and not (start.bands or start.reader):
        return with_frame_of_gpt(model, start.frame)
    clip = able(model, Clip, "another input (`bands`, `frame` or `reader`)", named, ModelError)
    if start.bands:
        clip = with_bands(clip, start.bands)
    return with_frame(clip, start.frame, start.reader)
