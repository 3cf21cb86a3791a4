"""Reply: what a server answered, and the ways in which it may not."""

from typing import NamedTuple


class Reply(NamedTuple):
    """What a server answered: status and its phrase, ``Retry-After`` where it says so, and the body."""

    status: int
    phrase: str
    retry_after: str | None
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status says that the body is the answer."""
        return 200 <= self.status < 300


class ReplyLostError(Exception):
    """A reply that did not come, or not whole; another try may bring it."""


class ReplyTooLargeError(Exception):
    """A reply that is too large to be an answer."""
