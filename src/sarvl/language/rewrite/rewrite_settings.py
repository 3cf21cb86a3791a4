"""RewriteSettings: how the captions of an optical twin are rewritten, by rule or by a model behind an endpoint."""

from typing import Self

from pydantic import Field, model_validator

from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.recipes import RecipeModel, RecipePath


class Endpoint(EndpointSettings):
    """The model that rewrites, behind an OpenAI-compatible endpoint."""

    examples: RecipePath | None = None
    """YAML list of ``optical`` and ``sar``, in place of the packaged one."""


class RewriteSettings(RecipeModel):
    """How twin captions are rewritten: by rule, or by a model whose answers are kept."""

    endpoint: Endpoint | None = None
    """The model to ask; rules only where absent."""
    cache: RecipePath | None = Field(default=None, examples=["rewrites"])
    """Folder of the answers; needed with ``endpoint``."""

    @model_validator(mode="after")
    def _cache_with_endpoint(self) -> Self:
        if (self.endpoint is None) != (self.cache is None):
            raise ValueError("endpoint and cache go together: every answer is kept in the folder `cache`")
        return self
