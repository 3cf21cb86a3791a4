"""open-clip-csv: one table a split, with the defaults of open_clip's trainer (columns ``filepath`` and ``title``)."""

import csv

from sarvl.corpus.export.form import Export, ReadBack
from sarvl.corpus.export.job import ExportJob


def _write(job: ExportJob) -> None:
    for split in job.splits:
        with (job.folder / f"{split}.csv").open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream, delimiter="\t", lineterminator="\n")
            table.writerow(("filepath", "title"))
            for name, sample in job.write_pictures(split, "images"):
                table.writerows((f"images/{name}", " ".join(said.text.split())) for said in sample.captions)


def _usage(job: ExportJob) -> str:
    split = next(iter(job.splits))
    return f"""\
`{split}.csv` has one line a caption, `filepath<TAB>title`: the defaults of open_clip's `--csv-img-key`,
`--csv-caption-key` and `--csv-separator`. White space within a caption is written as one blank. open_clip opens
`filepath` as it stands, so start it in this folder:

    python -m open_clip_train.main --dataset-type csv --model ViT-B-32 --train-data {split}.csv --logs ../logs
"""


EXPORT = Export(_write, _usage, read_back=ReadBack("csv_captions", "{split}.csv"))
