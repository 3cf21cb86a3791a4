"""qrels: captions as queries, images as documents, and which fit, one folder a split, as BEIR and MTEB have them."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sarvl.corpus.export.form import Export
from sarvl.corpus.export.job import ExportJob


def _write(job: ExportJob) -> None:
    for split in job.splits:
        (job.folder / split / "qrels").mkdir(parents=True)
        documents: list[dict[str, str]] = []
        images_of_caption: dict[str, list[str]] = {}
        for name, sample in job.write_pictures(split, f"{split}/images"):
            image_id = sample.image.image_id
            documents.append({"_id": image_id, "image": f"images/{name}"})
            for caption in dict.fromkeys(said.text for said in sample.captions):
                images_of_caption.setdefault(caption, []).append(image_id)
        ids = {caption: f"q{number:07}" for number, caption in enumerate(images_of_caption, start=1)}
        _write_lines(job.folder / split / "corpus.jsonl", documents)
        _write_lines(job.folder / split / "queries.jsonl", ({"_id": ids[text], "text": text} for text in ids))
        links = [(ids[text], image_id, 1) for text, images in images_of_caption.items() for image_id in images]
        with (job.folder / split / "qrels" / f"{split}.tsv").open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream, delimiter="\t", lineterminator="\n")
            table.writerows([("query-id", "corpus-id", "score"), *links])
        job.count(split, "queries", len(ids))
        job.count(split, "relevant", len(links))


def _write_lines(path: Path, items: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(item, ensure_ascii=False) + "\n" for item in items)


def _usage(job: ExportJob) -> str:
    split = next(iter(job.splits))
    return f"""\
Each split is a folder of its own, since only its images are candidates. `corpus.jsonl` has the images (`_id`, `image`),
`queries.jsonl` the distinct captions (`_id`, `text`), `qrels/{split}.tsv` which images carry a caption (`query-id`,
`corpus-id`, `score`). It is the task that `sarvl evaluate --task retrieval` calls grouped, text to image, except that
each distinct caption asks once; that recall is MTEB's `hit_rate_at_k`. For MTEB, subclass `AbsTaskRetrieval` (type
`Any2AnyRetrieval`, category `t2i`) and let `load_data` fill `self.dataset["default"]["test"]` with `corpus`, `queries`
and `relevant_docs` of these files.
"""


EXPORT = Export(_write, _usage, not_read="a source of sarvl has its captions beside its images, not in three files")
