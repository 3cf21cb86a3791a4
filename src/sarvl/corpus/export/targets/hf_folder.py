"""hf-folder: a Hugging Face ImageFolder with its data card, as ``datasets.load_dataset`` reads it.

The metadata are Parquet, not JSON Lines: datasets guesses the types of a .jsonl from the first rows of each split, and
refuses the folder where one of them has no object or no question.
"""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sarvl.corpus.export.form import Export, ReadBack
from sarvl.corpus.export.job import ExportJob
from sarvl.corpus.export.sample import Sample
from sarvl.errors import CorpusError
from sarvl.markdown import front_matter, hub_licence, size_category

_QUESTION = pa.struct(
    [
        ("question", pa.string()),
        ("answer", pa.string()),
        ("answer_type", pa.string()),
        ("application", pa.string()),
        ("options", pa.list_(pa.string())),
    ]
)
_OF_ANSWER = ("answer", "answer_type", "application", "options")
_METADATA = pa.schema(
    [
        ("file_name", pa.string()),
        ("text", pa.string()),  # the first of captions, the column that training scripts ask for
        ("captions", pa.list_(pa.string())),
        ("questions", pa.list_(_QUESTION)),
        # x, y, width, height in pixels, as COCO has them
        ("objects", pa.struct([("bbox", pa.list_(pa.list_(pa.float64(), 4))), ("categories", pa.list_(pa.string()))])),
        ("open_classes", pa.list_(pa.string())),  # those of which an object was refused: not all are in objects
        ("label", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("image_id", pa.string()),
        ("source", pa.string()),
        ("licence", pa.string()),
    ]
)
_ROWS_A_GROUP = 4096


def _write(job: ExportJob) -> None:
    for split in job.splits:
        folder = _hub_split(job, split)
        waiting: list[dict[str, Any]] = []
        (job.folder / folder).mkdir()
        with pq.ParquetWriter(job.folder / folder / "metadata.parquet", _METADATA, compression="zstd") as writer:
            for name, sample in job.write_pictures(split, folder):
                waiting.append(_row(name, sample))
                if len(waiting) == _ROWS_A_GROUP:
                    writer.write_table(pa.Table.from_pylist(waiting, _METADATA))
                    waiting = []
            writer.write_table(pa.Table.from_pylist(waiting, _METADATA))


def _row(name: str, sample: Sample) -> dict[str, Any]:
    captions = [said.text for said in sample.captions]
    image, annotation = sample.image, sample.image.annotation
    return {
        "file_name": name,
        "text": captions[0] if captions else None,
        "captions": captions,
        "questions": [
            {"question": said.text} | {name: getattr(said, name) for name in _OF_ANSWER} for said in sample.questions
        ],
        "objects": {
            "bbox": [[xmin, ymin, xmax - xmin, ymax - ymin] for _, (xmin, ymin, xmax, ymax), *_ in annotation.objects],
            "categories": [item.class_name for item in annotation.objects],
        },
        "open_classes": list(annotation.open_classes),
        "label": annotation.label,
        "width": annotation.width,
        "height": annotation.height,
        "image_id": image.image_id,
        "source": image.source,
        "licence": image.licence,
    }


def _hub_split(job: ExportJob, split: str) -> str:
    """Return a split's name as datasets allows it: without ``-``."""
    name = split.replace("-", "_")
    if name != split and name in job.splits:
        raise CorpusError(f"splits {split} and {name} are one for Hugging Face; export them one by one with --split")
    return name


def _front_matter(job: ExportJob) -> str:
    names = [_hub_split(job, split) for split in job.splits]
    has_questions = any(job.asked_questions(row) for rows in job.splits.values() for row in rows)
    card = {
        **hub_licence(source.licence for source in job.sources()),
        "language": ["en"],
        "task_categories": ["image-to-text", *(["visual-question-answering"] if has_questions else [])],
        "tags": ["sar", "remote-sensing", "sarvl"],
        "size_categories": [size_category(sum(map(len, job.splits.values())))],
        "configs": [
            {"config_name": "default", "data_files": [{"split": name, "path": f"{name}/**"} for name in names]}
        ],
    }
    return front_matter(card)


def _usage(job: ExportJob) -> str:
    return """\
Each split is a folder of pictures with `metadata.parquet`. `text` is the first of `captions`; `objects` has boxes as
COCO writes them (x, y, width, height in pixels). It needs datasets 3.4 or newer, which reads metadata in Parquet.

    datasets.load_dataset("FOLDER")
"""


EXPORT = Export(
    _write,
    _usage,
    takes_questions=True,
    needs_caption=False,
    front_matter=_front_matter,
    read_back=ReadBack("hf_folder", "{split}/metadata.parquet", "{split}"),
)
