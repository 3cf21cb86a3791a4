"""What may come out of a reader, whatever the file: sound images, Rejects, or an AnnotationError of one line."""

import json
from collections import Counter
from math import isfinite
from pathlib import Path
from random import Random

from damage import damaged

from sarvl.annotations import Source, read_source
from sarvl.errors import AnnotationError


def outcome(source: Source) -> str:
    """Read a source; return ``error`` or ``read``, after checking that what came back can be kept in the tables."""
    try:
        found = read_source(source)
    except AnnotationError as problem:
        assert "\n" not in str(problem)
        return "error"
    for image in found.images:
        numbers = [*(image.spacing_m or ()), *(image.target_size_m or ()), *(image.position or ()), image.looks or 0]
        numbers += [edge for item in image.objects for edge in item.box] + [share.share for share in image.land_cover]
        assert all(isfinite(number) for number in numbers)
        said = [image.file, image.label, image.captions, image.twin_captions, image.questions, image.notes]
        json.dumps([*said, image.official_split], ensure_ascii=False).encode()
    for reject in found.rejects:
        assert reject.reason
        assert reject.advice
        "".join(reject).encode()
    return "read"


def fuzz(path: Path, rounds: int, source: Source) -> Counter[str]:
    """Damage the file ``path`` in ``rounds`` ways, read the source each time, and count the outcomes."""
    whole = path.read_bytes()
    random = Random(0)
    counts: Counter[str] = Counter()
    for _ in range(rounds):
        path.write_bytes(damaged(whole, random))
        counts[outcome(source)] += 1
    path.write_bytes(whole)
    return counts


def reasons(source: Source) -> list[tuple[str, str, str]]:
    """Return unit, file and reason of each reject."""
    return [(reject.unit, reject.file, reject.reason) for reject in read_source(source).rejects]
