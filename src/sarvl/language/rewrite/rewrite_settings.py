"""RewriteSettings: how the captions of an optical twin are rewritten, by rule or by a model behind an endpoint."""

from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.recipes import RecipePath


class Endpoint(EndpointSettings):
    """The endpoint of a rewriter; examples: a YAML list of ``optical`` and ``sar`` in place of the packaged one."""

    examples: RecipePath | None = None


class RewriteSettings(BaseModel):
    """How twin captions are rewritten: by rule, or by the model behind ``endpoint``, whose answers ``cache`` keeps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: Endpoint | None = None
    cache: RecipePath | None = None

    @model_validator(mode="after")
    def _cache_with_endpoint(self) -> Self:
        if (self.endpoint is None) != (self.cache is None):
            raise ValueError("endpoint and cache go together: every answer is kept in the folder `cache`")
        return self
