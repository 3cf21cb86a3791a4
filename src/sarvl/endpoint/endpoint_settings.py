"""EndpointSettings: where a model answers, and what it may cost."""

from typing import Self

from pydantic import Field, model_validator

from sarvl.recipes import RecipeModel


class EndpointSettings(RecipeModel):
    """A model behind an OpenAI-compatible endpoint (``POST <base_url>/chat/completions``)."""

    base_url: str = Field(pattern=r"^https?://[^\s/?#@]+(/[^\s?#@]*)?$", examples=["http://localhost:8000/v1"])
    """Address up to ``/v1``, without key or password."""
    model: str = Field(min_length=1, examples=["model-id"])
    """The model's id; goes into the producer of each text."""
    api_key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """Name of the environment variable that holds the key, which itself stands in no file."""
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    """Sent as it is; ``null`` for servers that refuse it."""
    seed: int | None = 0
    """Sent as it is; ``null`` for servers that refuse it."""
    max_answer_tokens: int = Field(default=200, ge=20, le=4000)
    """Longest answer."""
    max_requests_per_minute: float = Field(default=60.0, gt=0, allow_inf_nan=False)
    """Requests start at least a minute divided by this apart."""
    max_cost: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """The most that one run may spend; in one currency with the two prices, and all three or none are given."""
    cost_per_million_input_tokens: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Price of what is asked."""
    cost_per_million_output_tokens: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Price of what is answered."""
    timeout_s: float = Field(default=60.0, gt=0, le=3600)
    """Seconds for one whole answer."""
    retries: int = Field(default=5, ge=0, le=20)
    """Tries after the first: after 429, 5xx, a broken answer or a lost connection."""
    concurrency: int = Field(default=4, ge=1, le=64)
    """Requests under way at a time."""

    @model_validator(mode="after")
    def _prices_with_limit(self) -> Self:
        money = (self.max_cost, self.cost_per_million_input_tokens, self.cost_per_million_output_tokens)
        if len({value is None for value in money}) > 1:
            raise ValueError("give max_cost and both prices (cost_per_million_...), or none of the three")
        return self
