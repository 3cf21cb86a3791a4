"""The client of an OpenAI-compatible endpoint: one request at a time, paced, retried, and within its cost."""

import email.utils
import http.client
import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

from sarvl.endpoint.answers import Answer, answer_from_completion
from sarvl.endpoint.cost import CostMeter
from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.endpoint.pacing import Clock, TokenBucket
from sarvl.errors import RewriteError

MOST_ANSWER_BYTES = 2**20
LONGEST_WAIT_S = 300.0
_RETRIED_STATUSES = frozenset((408, 425, 429, 500, 502, 503, 504, 529))


class _TryAgain(Exception):  # noqa: N818 - not for users: it becomes a RewriteError when the retries are used up
    """A request that may succeed later, perhaps not before ``after_s`` seconds."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.after_s = after_s


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would send captions and key to a host that nobody named."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none: the status becomes an error."""


class ChatClient:
    """Asks one endpoint; safe to use from several threads."""

    def __init__(self, endpoint: EndpointSettings, clock: Clock) -> None:
        self.cost = CostMeter(endpoint)
        self._endpoint = endpoint
        self._clock = clock
        self._bucket = TokenBucket(endpoint.max_requests_per_minute, clock)
        self._opener = urllib.request.build_opener(_NoRedirect)

    def ask(self, body: dict[str, Any]) -> Answer:
        """Return the answer to the request ``body``.

        Statuses 408, 425, 429 and 5xx, lost connections, late and broken answers are tried again, after 1, 2, 4 ...
        seconds or what ``Retry-After`` says. Raises RewriteError where that does not help, for any other status, and
        where the next request could pass ``max_cost``.
        """
        key = self._key()
        for attempt in range(self._endpoint.retries + 1):
            try:
                return self._paid(body, key)
            except _TryAgain as problem:
                reason, after_s = str(problem), problem.after_s
            if after_s is not None and after_s > LONGEST_WAIT_S:
                raise RewriteError(f"{self._endpoint.base_url}: {reason}: run again in {after_s:.0f} s")
            if attempt < self._endpoint.retries:
                self._clock.sleep_s(min(2.0**attempt, 60.0) if after_s is None else after_s)
        tries = self._endpoint.retries + 1
        raise RewriteError(f"{self._endpoint.base_url}: no answer in {tries} tries ({reason}); check the server")

    def _key(self) -> str:
        name = self._endpoint.api_key_env
        if name is None:
            return ""
        key = os.environ.get(name, "").strip()
        if not key or not key.isascii() or not key.isprintable():
            raise RewriteError(f"the environment variable {name} holds no key; set it, or leave out api_key_env")
        return key

    def _paid(self, body: dict[str, Any], key: str) -> Answer:
        """Return the answer to one request, its cost counted."""
        held = self.cost.hold(body)
        spent = held  # an answer that is lost, or comes without its usage, may cost as much
        try:
            self._bucket.take()
            answer = answer_from_completion(self._read(self._request(body, key)))
            if answer.input_tokens is not None and answer.output_tokens is not None:
                spent = self.cost.cost_of(answer.input_tokens, answer.output_tokens)
            return answer
        except urllib.error.HTTPError as problem:
            spent = 0.0
            raise self._refusal(problem, key) from None
        except (OSError, http.client.HTTPException) as problem:
            raise _TryAgain(f"connection lost: {getattr(problem, 'reason', problem)}") from None
        except ValueError as problem:
            raise _TryAgain(f"not a chat completion: {str(problem).splitlines()[0]}") from None
        finally:
            self.cost.settle(held, spent)

    def _request(self, body: dict[str, Any], key: str) -> urllib.request.Request:
        request = urllib.request.Request(  # noqa: S310 - the settings allow http and https only
            self._endpoint.base_url.rstrip("/") + "/chat/completions",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        if key:
            request.add_unredirected_header("Authorization", f"Bearer {key}")
        return request

    def _read(self, request: urllib.request.Request) -> bytes:
        """Return the body of the answer; TimeoutError where it is not whole in time."""
        end_s = time.monotonic() + self._endpoint.timeout_s
        data = b""
        with self._opener.open(request, timeout=self._endpoint.timeout_s) as response:
            while chunk := response.read1(65536):
                data += chunk
                if len(data) > MOST_ANSWER_BYTES:
                    raise ValueError(f"more than {MOST_ANSWER_BYTES} bytes")
                if time.monotonic() > end_s:
                    raise TimeoutError("the answer took too long")
            if response.length:
                raise http.client.IncompleteRead(data, response.length)
        return data

    def _refusal(self, problem: urllib.error.HTTPError, key: str) -> Exception:
        try:
            told = problem.read(2000).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            told = ""
        told = " ".join((told.replace(key, "***") if key else told).split())[:200]
        reason = f"status {problem.code}: {told or problem.reason}"
        if problem.code in _RETRIED_STATUSES:
            return _TryAgain(reason, _retry_after_s(problem.headers.get("Retry-After")))
        return RewriteError(f"{self._endpoint.base_url}: {reason}; check base_url, model and key")


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
