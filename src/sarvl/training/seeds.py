"""Seeds made from numbers: every random draw of a run is a function of where in the run it happens."""

import hashlib


def seed_of(*parts: int) -> int:
    """Return a 56-bit seed that differs for every tuple of numbers, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=7).digest(), "big")
