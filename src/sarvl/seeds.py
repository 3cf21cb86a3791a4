"""Seeds: the one hash from which everything that is drawn follows, the same on every machine."""

from hashlib import blake2b
from random import Random


def seeded_bytes(*parts: object, size: int = 8) -> bytes:
    """Return ``size`` bytes that differ for every sequence of parts, which are joined by NUL as text."""
    return blake2b("\0".join(map(str, parts)).encode(), digest_size=size).digest()


def seeded_number(*parts: object, size: int = 8) -> int:
    """Return the same as a whole number."""
    return int.from_bytes(seeded_bytes(*parts, size=size), "big")


def seeded_random(*parts: object) -> Random:
    """Return a generator that starts from the parts."""
    return Random(seeded_number(*parts))


def torch_seed(*parts: int) -> int:
    """Return a 56-bit seed for a place in a run: torch takes no more than 63 bits."""
    return seeded_number(repr(parts), size=7)
