"""BuildRecipe: which sources a corpus is built from, and what is said of their images."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sarvl.annotations import Source


class CaptionSettings(BaseModel):
    """How many captions each image gets; captions that people wrote are all kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_image: int = Field(default=5, ge=1, le=100)


class BuildRecipe(BaseModel):
    """The recipe of ``sarvl build``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 0
    sources: tuple[Source, ...] = Field(min_length=1)
    captions: CaptionSettings = CaptionSettings()

    @field_validator("sources")
    @classmethod
    def _distinct_names(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        names = [source.name for source in sources]
        repeated = {name for name in names if names.count(name) > 1}
        if repeated:
            raise ValueError(f"two sources are named {sorted(repeated)[0]}; give each its own name")
        return sources
