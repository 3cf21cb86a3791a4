"""Names of exported files: flat, safe on every file system, and never two the same."""

import re
from collections import Counter
from collections.abc import Sequence

from sarvl.files import sha256_of

_LONGEST = 80  # with an extension it fits the 100 characters of a USTAR header
_MARK = 16
_SUFFIX = re.compile(r"\.(png|jpe?g|bmp|tiff?)$", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


def flat_keys(image_ids: Sequence[str]) -> list[str]:
    """Return one key an image: ``ssdd/test/000001.jpg`` becomes ``ssdd_test_000001``.

    A key holds letters, digits, ``-`` and ``_``: webdataset ends it at the first dot. Where it would be too long, or
    be that of another image (capitals apart), it ends in 16 digits of the SHA-256 of the image's id.
    """
    plain = [_UNSAFE.sub("_", _SUFFIX.sub("", image_id)) for image_id in image_ids]
    uses = Counter(key.casefold() for key in plain)
    keys = [
        key if uses[key.casefold()] == 1 and len(key) <= _LONGEST else _marked(key, image_id)
        for key, image_id in zip(plain, image_ids, strict=True)
    ]
    if len({key.casefold() for key in keys}) == len(keys):
        return keys
    # A file is named as another one's marked key.
    return [_marked(key, image_id) for key, image_id in zip(plain, image_ids, strict=True)]


def _marked(key: str, image_id: str) -> str:
    return f"{key[: _LONGEST - _MARK - 1]}-{sha256_of(image_id.encode())[:_MARK]}"
