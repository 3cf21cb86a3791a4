"""The cost of a run: what has been spent, what is under way, and the limit that both together never pass."""

import json
import threading
from typing import Any

from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.errors import EndpointError

TOKENS_A_MESSAGE = 16  # role and separators, in any chat template that we know
TOKENS_AN_IMAGE = 4096  # 768 pixels a side in patches of 14 make 3,025; no model that we know takes more


class CostMeter:
    """Counts requests and money; thread-safe. Without prices all costs are 0."""

    def __init__(self, endpoint: EndpointSettings) -> None:
        self._input_price = (endpoint.cost_per_million_input_tokens or 0.0) / 1e6
        self._output_price = (endpoint.cost_per_million_output_tokens or 0.0) / 1e6
        self._limit = endpoint.max_cost
        self._settled = threading.Condition()
        self._held = 0.0
        self.spent = 0.0
        self.requests = 0

    def hold(self, body: dict[str, Any]) -> float:
        """Set aside the most that the request ``body`` can cost, and return it.

        A token is one byte of text or more, so the bytes of the messages bound the input, but for those of images.
        Waits while requests under way may leave enough; EndpointError where what is spent leaves too little.
        """
        input_tokens = sum(_most_tokens(message) + TOKENS_A_MESSAGE for message in body["messages"])
        most: float = input_tokens * self._input_price + body["max_tokens"] * self._output_price
        with self._settled:
            while self._limit is not None and self.spent + self._held + most > self._limit:
                if self.spent + most > self._limit:
                    raise EndpointError(f"the next request could cost {most:.6g}, beyond max_cost {self._limit:g}")
                self._settled.wait()
            self._held += most
            self.requests += 1
        return most

    def settle(self, held: float, cost: float) -> None:
        """Give back what ``hold`` set aside, and count ``cost`` as spent."""
        with self._settled:
            self._held -= held
            self.spent += cost
            self._settled.notify_all()

    def cost_of(self, input_tokens: int, output_tokens: int) -> float:
        """Return what an answer with this usage costs."""
        return input_tokens * self._input_price + output_tokens * self._output_price


def _most_tokens(message: dict[str, Any]) -> int:
    parts = message["content"] if isinstance(message["content"], list) else [message]
    images = sum("image_url" in part for part in parts)
    texts = [part for part in parts if "image_url" not in part]
    return len(json.dumps(texts, ensure_ascii=False).encode()) + images * TOKENS_AN_IMAGE
