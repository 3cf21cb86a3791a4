"""webdataset: tar files of picture, caption and JSON, as open_clip's trainer and the webdataset library read them.

Written with tarfile of the standard library: a shard is a few headers with fixed fields, no reason to depend on
webdataset in a plain installation. The tests read the shards with webdataset and with open_clip.
"""

import io
import json
import tarfile
from collections.abc import Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from sarvl.corpus.export.form import Export
from sarvl.corpus.export.job import ExportJob
from sarvl.corpus.export.picture import ImageFormat, Treatment, picture_of
from sarvl.corpus.export.sample import Sample
from sarvl.corpus.lazy_sequence import LazySequence
from sarvl.corpus.rows import IMAGES, TEXTS, CorpusText
from sarvl.files import write_json
from sarvl.language import Statement
from sarvl.parallel import map_chunks
from sarvl.seeds import seeded_bytes

_TEXT_FIELDS = ("text", "family", "producer", "evidence")
_QUESTION_FIELDS = (*_TEXT_FIELDS, "answer", "answer_type", "application", "options", "tags")
_IMAGE_FIELDS = ("image_id", "source", "domain", "licence", "width", "height", "label", "objects", "land_cover")


class Entry(NamedTuple):
    """One entry of a shard: the name of its files, an image, and which of its drawn captions it has, from 0."""

    key: str
    sample: Sample
    caption: int


class Shard(NamedTuple):
    """One tar file to write."""

    name: str
    entries: list[Entry]


class ShardContent(NamedTuple):
    """What a shard holds: its name, and what was done with the picture of each entry."""

    name: str
    treatments: list[Treatment]


def _write(job: ExportJob) -> None:
    (job.folder / "shards").mkdir()
    work = partial(write_shards, folder=job.folder / "shards", image_format=job.image_format)
    sizes = {}
    for split in job.splits:
        written = map_chunks(job.pool, work, _shards(job, split), f"export {split}", "shards", items_a_chunk=1)
        for name, treatments in chain.from_iterable(written):
            sizes[name] = len(treatments)
            job.treatments.update(treatments)
            job.count(split, "shards", 1)
    write_json(job.folder / "shards" / "sizes.json", sizes)


def _shards(job: ExportJob, split: str) -> LazySequence[Shard]:
    """Return the shards of a split; which entry stands in which depends on the corpus and the options alone."""
    entries = [(row, caption) for row in job.splits[split] for caption in range(job.drawn_captions(row))]
    entries.sort(key=lambda entry: seeded_bytes(job.corpus.seed, job.keys[entry[0]], entry[1]))
    size = job.shard_size

    def make(numbers: range) -> list[Shard]:
        return [
            Shard(
                f"{split}-{number:06d}.tar",
                [_entry(job, row, caption) for row, caption in entries[number * size : (number + 1) * size]],
            )
            for number in numbers
        ]

    return LazySequence(-(-len(entries) // size), make)


def _entry(job: ExportJob, row: int, caption: int) -> Entry:
    # Numbered all or none: `a-0` may be the key of an image, and the first caption of image `a`.
    key = job.keys[row] if job.per_image == 1 else f"{job.keys[row]}-{caption}"
    return Entry(key, job.sample(row), caption)


def write_shards(shards: Sequence[Shard], folder: Path, image_format: ImageFormat) -> list[ShardContent]:
    """Write some shards into ``folder``: the same entries give the same bytes."""
    return [_write_shard(shard, folder, image_format) for shard in shards]


def _write_shard(shard: Shard, folder: Path, image_format: ImageFormat) -> ShardContent:
    treatments: list[Treatment] = []
    # USTAR: a header has no fields but those that are set here.
    with tarfile.open(folder / shard.name, "w", format=tarfile.USTAR_FORMAT) as tar:
        for entry in shard.entries:
            sample = entry.sample
            picture = picture_of(sample.path, sample.image, image_format)
            described = json.dumps(_described(sample), ensure_ascii=False, sort_keys=True, allow_nan=False)
            _add(tar, f"{entry.key}.{picture.extension}", picture.data)
            _add(tar, f"{entry.key}.json", described.encode())
            _add(tar, f"{entry.key}.txt", sample.captions[entry.caption].text.encode())
            treatments.append(picture.treatment)
    return ShardContent(shard.name, treatments)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    header = tarfile.TarInfo(name)  # its time, user and group are 0
    header.size = len(data)
    header.mode = 0o644
    tar.addfile(header, io.BytesIO(data))


def _described(sample: Sample) -> dict[str, Any]:
    row = IMAGES.write(sample.image)
    captions = [_said(statement, _TEXT_FIELDS) for statement in sample.all_captions]
    questions = [_said(statement, _QUESTION_FIELDS) for statement in sample.questions]
    return {name: row[name] for name in _IMAGE_FIELDS} | {"captions": captions, "questions": questions}


def _said(statement: Statement, fields: tuple[str, ...]) -> dict[str, Any]:
    row = TEXTS.write(CorpusText("", statement))
    return {name: row[name] for name in fields} | {"claims": json.loads(row["claims"])}


def _usage(job: ExportJob) -> str:
    split = next(iter(job.splits))
    last = job.written[split]["shards"] - 1
    return f"""\
`shards/{split}-000000.tar` and so on hold `KEY.jpg` or `KEY.png`, `KEY.txt` (one caption) and `KEY.json` (all captions
and questions of the image with their claims and evidence, its objects, source and licence). The entries of a split are
in random order, drawn once from the corpus's seed. `shards/sizes.json` counts the entries of each shard.

    python -m open_clip_train.main --dataset-type webdataset --model ViT-B-32 \\
        --train-data "shards/{split}-{{000000..{last:06d}}}.tar"
"""


EXPORT = Export(
    _write,
    _usage,
    per_image=1,
    takes_questions=True,
    options=("shard_size",),
    not_read="its pictures lie in tar files, and formats read folders",
)
