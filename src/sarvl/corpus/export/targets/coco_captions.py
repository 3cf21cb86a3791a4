"""coco-captions: COCO's caption files, one a split, as pycocotools and pycocoevalcap read them."""

from typing import Any

from sarvl import __version__
from sarvl.corpus.export.form import Export, ReadBack
from sarvl.corpus.export.job import ExportJob
from sarvl.files import write_json


def _write(job: ExportJob) -> None:
    licences = sorted({source.licence for source in job.sources()})
    for split in job.splits:
        write_json(job.folder / f"captions_{split}.json", _document(job, split, licences))


def _document(job: ExportJob, split: str, licences: list[str]) -> dict[str, Any]:
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, (name, sample) in enumerate(job.write_pictures(split, "images"), start=1):
        image = sample.image
        licence = licences.index(image.licence) + 1
        size = {"width": image.annotation.width, "height": image.annotation.height}
        images.append({"id": number, "file_name": name, **size, "license": licence, "sarvl_id": image.image_id})
        annotations += [
            {"id": caption_id, "image_id": number, "caption": caption.text}
            for caption_id, caption in enumerate(sample.captions, start=len(annotations) + 1)
        ]
    return {
        "info": {"description": f"corpus {job.corpus.digest}, split {split}", "version": f"sarvl {__version__}"},
        "licenses": [{"id": number, "name": name, "url": ""} for number, name in enumerate(licences, start=1)],
        "images": images,
        "annotations": annotations,
    }


def _usage(job: ExportJob) -> str:
    split = next(iter(job.splits))
    return f"""\
`captions_{split}.json` has `images`, `annotations` with `caption`, and `licenses`; the files lie in `images/`.
`sarvl_id` is the image's id in the corpus.

    pycocotools.coco.COCO("captions_{split}.json")
"""


EXPORT = Export(_write, _usage, read_back=ReadBack("captions", "captions_{split}.json", "images"))
