"""EndpointSettings: where a model answers, and what it may cost."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class EndpointSettings(BaseModel):
    """A model behind an OpenAI-compatible endpoint (``POST <base_url>/chat/completions``).

    api_key_env: the environment variable that holds the key; the key itself stands in no file.
    temperature, seed: sent as they are; none for a server that refuses them.
    max_cost and the two prices: in one currency, all three or none; a run never spends more than ``max_cost``.
    timeout_s: for one whole answer. retries: after 429, 5xx, a broken answer or a lost connection.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(pattern=r"^https?://[^\s/?#@]+(/[^\s?#@]*)?$")
    model: str = Field(min_length=1)
    api_key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    seed: int | None = 0
    max_answer_tokens: int = Field(default=200, ge=20, le=4000)
    max_requests_per_minute: float = Field(default=60.0, gt=0, allow_inf_nan=False)
    max_cost: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    cost_per_million_input_tokens: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    cost_per_million_output_tokens: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    timeout_s: float = Field(default=60.0, gt=0, le=3600)
    retries: int = Field(default=5, ge=0, le=20)
    concurrency: int = Field(default=4, ge=1, le=64)

    @model_validator(mode="after")
    def _prices_with_limit(self) -> Self:
        money = (self.max_cost, self.cost_per_million_input_tokens, self.cost_per_million_output_tokens)
        if len({value is None for value in money}) > 1:
            raise ValueError("give max_cost and both prices (cost_per_million_...), or none of the three")
        return self
