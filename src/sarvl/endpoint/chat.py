"""The client of an OpenAI-compatible endpoint: one request at a time, paced, retried, and within its cost."""

import email.utils
import os
import time
from typing import Any

from sarvl.endpoint.answers import Answer, answer_from_completion
from sarvl.endpoint.cost import CostMeter
from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.endpoint.pacing import Clock, TokenBucket
from sarvl.endpoint.reply import Reply, ReplyLostError, ReplyTooLargeError
from sarvl.endpoint.secret_key import SecretKey
from sarvl.errors import EndpointError

LONGEST_WAIT_S = 300.0
_RETRIED_STATUSES = frozenset((408, 425, 429, 500, 502, 503, 504, 529))


class _TryAgain(Exception):  # noqa: N818 - not for users: it becomes an EndpointError when the retries are used up
    """A request that may succeed later, perhaps not before ``after_s`` seconds."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.after_s = after_s


class ChatClient:
    """Asks one endpoint; safe to use from several threads."""

    def __init__(self, endpoint: EndpointSettings, clock: Clock) -> None:
        from sarvl.endpoint.transport import Transport  # noqa: PLC0415 - HTTP is heavy, and few runs ask a model

        self.cost = CostMeter(endpoint)
        self._endpoint = endpoint
        self._clock = clock
        self._bucket = TokenBucket(endpoint.max_requests_per_minute, clock)
        self._transport = Transport(endpoint.base_url.rstrip("/") + "/chat/completions", endpoint.timeout_s)

    def ask(self, body: dict[str, Any]) -> Answer:
        """Return the answer to the request ``body``.

        Statuses 408, 425, 429 and 5xx, lost connections, late and broken answers are tried again, after 1, 2, 4 ...
        seconds or what ``Retry-After`` says. Raises EndpointError where that does not help, for any other status, and
        where the next request could pass ``max_cost``, or an answer holds the key. No error shows the key.
        """
        key = SecretKey(self._key())
        for attempt in range(self._endpoint.retries + 1):
            try:
                return self._paid(body, key)
            except _TryAgain as problem:
                reason, after_s = str(problem), problem.after_s
            if after_s is not None and after_s > LONGEST_WAIT_S:
                raise EndpointError(f"{self._endpoint.base_url}: {reason}: run again in {after_s:.0f} s")
            if attempt < self._endpoint.retries:
                self._clock.sleep_s(min(2.0**attempt, 60.0) if after_s is None else after_s)
        tries = self._endpoint.retries + 1
        raise EndpointError(f"{self._endpoint.base_url}: no answer in {tries} tries ({reason}); check the server")

    def _key(self) -> str:
        name = self._endpoint.api_key_env
        if name is None:
            return ""
        key = os.environ.get(name, "").strip()
        if not key or not key.isascii() or not key.isprintable():
            raise EndpointError(f"the environment variable {name} holds no key; set it, or leave out api_key_env")
        return key

    def _paid(self, body: dict[str, Any], key: SecretKey) -> Answer:
        """Return the answer to one request, its cost counted."""
        held = self.cost.hold(body)
        spent = held  # an answer that is lost, or comes without its usage, may cost as much
        try:
            self._bucket.take()
            reply = self._transport.post(body, key)
            if not reply.is_success:
                spent = 0.0
                raise self._refusal(reply, key)
            answer = self._without_key(answer_from_completion(reply.body), key)
            if answer.input_tokens is not None and answer.output_tokens is not None:
                spent = self.cost.cost_of(answer.input_tokens, answer.output_tokens)
            return answer
        except ReplyLostError as problem:
            raise _TryAgain(f"connection lost: {key.told(str(problem))}") from None
        except (ReplyTooLargeError, ValueError) as problem:
            raise _TryAgain(f"not a chat completion: {key.told(str(problem).splitlines()[0])}") from None
        finally:
            self.cost.settle(held, spent)

    def _without_key(self, answer: Answer, key: SecretKey) -> Answer:
        if key.is_in(answer.text, answer.finish_reason):
            raise EndpointError(
                f"{self._endpoint.base_url}: an answer holds the key of {self._endpoint.api_key_env}, and nothing of "
                "it is kept; use another server and change the key, or set one that is no word of answers"
            )
        return answer

    def _refusal(self, reply: Reply, key: SecretKey) -> Exception:
        told = reply.body.decode("utf-8", "replace").strip() or reply.phrase
        reason = f"status {reply.status}: {' '.join(key.told(told).split())[:200]}"
        if reply.status in _RETRIED_STATUSES:
            return _TryAgain(reason, _retry_after_s(reply.retry_after))
        return EndpointError(f"{self._endpoint.base_url}: {reason}; check base_url, model and key")


def _retry_after_s(value: str | None) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, a number or a date (RFC 9110); None for neither."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        date = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(date.timestamp() - time.time(), 0.0)
