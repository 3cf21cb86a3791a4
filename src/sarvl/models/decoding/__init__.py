"""Writing text with a network: each token is computed once, its keys and values are kept."""

from sarvl.models.decoding.cached_decoder import CachedDecoder, Looks, Writer
from sarvl.models.decoding.growing_texts import GrowingTexts, Limit
from sarvl.models.decoding.search import write_on, write_texts
from sarvl.models.decoding.written import Written

__all__ = ["CachedDecoder", "GrowingTexts", "Limit", "Looks", "Writer", "Written", "write_on", "write_texts"]
