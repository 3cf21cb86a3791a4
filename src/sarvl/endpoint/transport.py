"""Transport: one request to an endpoint over HTTP, and its reply, whole and in time."""

import json
import time
from typing import Any

import httpx2

from sarvl.endpoint.reply import Reply, ReplyLostError, ReplyTooLargeError
from sarvl.endpoint.secret_key import SecretKey

MOST_ANSWER_BYTES = 2**20
MOST_TOLD_BYTES = 2000


class Transport:
    """Posts JSON to one address; safe to use from several threads."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._url = url
        self._timeout_s = timeout_s
        # A redirect would send captions and key to a host that nobody named: its status is an error as any other.
        self._client = httpx2.Client(follow_redirects=False, timeout=timeout_s)

    def post(self, body: dict[str, Any], key: SecretKey) -> Reply:
        """Return the reply to ``body``, sent with the key where there is one.

        Raises ReplyLostError where it is not whole in time, ReplyTooLargeError where it is larger than an answer. Of a
        reply whose status is an error the body may be missing.
        """
        # Not compressed: a small answer must not unpack to a large one.
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        headers |= key.headers()
        end_s = time.monotonic() + self._timeout_s
        try:
            with self._client.stream("POST", self._url, content=json.dumps(body), headers=headers) as response:
                head = Reply(response.status_code, response.reason_phrase, response.headers.get("Retry-After"), b"")
                return head._replace(body=_answer(response, end_s) if head.is_success else _told(response))
        except (httpx2.TransportError, httpx2.InvalidURL, UnicodeError) as problem:
            raise ReplyLostError(str(problem) or type(problem).__name__) from None


def _answer(response: httpx2.Response, end_s: float) -> bytes:
    data = b""
    for chunk in response.iter_raw():
        data += chunk
        if len(data) > MOST_ANSWER_BYTES:
            raise ReplyTooLargeError(f"more than {MOST_ANSWER_BYTES} bytes")
        if time.monotonic() > end_s:
            raise ReplyLostError("the answer took too long")
    return data


def _told(response: httpx2.Response) -> bytes:
    """Return the beginning of what a server says with an error; the status counts, even where that is lost."""
    try:
        return next(response.iter_raw(MOST_TOLD_BYTES), b"")
    except httpx2.TransportError:
        return b""
