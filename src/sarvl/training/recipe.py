"""TrainRecipe: the stages that a model goes through, one after the other."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from sarvl.corpus.filters import TextFilter
from sarvl.models import LOCAL_FOLDER
from sarvl.recipes import RecipePath
from sarvl.training.augment import Augmentation


class ModelStart(BaseModel):
    """What training starts from.

    architecture: untrained, ``sarvl-tiny``, ``sarvl-mobile`` or any of open_clip by name. start: instead, trained
    weights as ``models.load_model`` names them; a relative folder is taken from the recipe's own. image_weights:
    safetensors of a timm classifier for the image tower.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    architecture: str | None = None
    start: str | None = None
    image_weights: RecipePath | None = None
    licence: str = "not stated"

    @field_validator("start")
    @classmethod
    def _against_recipe(cls, start: str | None, info: ValidationInfo) -> str | None:
        folder = (info.context or {}).get("folder", Path())
        if start is None or (":" in start and not start.startswith(LOCAL_FOLDER)):
            return start
        return LOCAL_FOLDER + str((folder / Path(start.removeprefix(LOCAL_FOLDER)).expanduser()).absolute())

    @model_validator(mode="after")
    def _one_start(self) -> "ModelStart":
        if (self.architecture is None) == (self.start is None):
            raise ValueError("give either architecture (untrained) or start (trained weights)")
        return self


class Stage(BaseModel):
    """One stage: a corpus, and how long and how fast the model learns from it.

    An epoch shows every image of ``split`` once, each with one of its captions drawn at random.
    texts: which captions, and so which images, of the corpus it learns from, in training and in validation.
    image_rate: learning rate of the image tower as a factor of ``learning_rate``.
    freeze: towers that are not trained. warmup_steps, then half a cosine to zero.
    validation: split whose loss picks the best checkpoint; where None, the last is the best.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    corpus: RecipePath
    split: str = "train"
    validation: str | None = None
    texts: TextFilter = TextFilter()
    epochs: int = Field(ge=1)
    batch_size: int = Field(default=128, ge=2)
    learning_rate: float = Field(gt=0)
    image_rate: float = Field(default=1.0, gt=0)
    weight_decay: float = Field(default=0.1, ge=0)
    warmup_steps: int = Field(default=50, ge=0)
    clip_gradient: float = Field(default=1.0, gt=0)
    freeze: tuple[Literal["image", "text"], ...] = ()
    precision: Literal["float32", "bfloat16"] = "float32"
    augmentation: Augmentation = Augmentation()


class TrainRecipe(BaseModel):
    """The recipe of ``sarvl train``; save_every: steps between two states from which a killed run resumes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 0
    model: ModelStart
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    save_every: int = Field(default=100, ge=1)

    @model_validator(mode="after")
    def _distinct_names(self) -> "TrainRecipe":
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise ValueError(f"stages {names} need distinct names")
        return self
