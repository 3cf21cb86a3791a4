"""lmms-eval: task files and their data, one task a split for the questions and one for the captions.

A task is a YAML file beside ``sarvl_tasks.py``, which tells lmms-eval what it shows, asks and compares. The data are
Parquet, the pictures in them. Source: EvolvingLMMs-Lab/lmms-eval, docs/task_guide.md.
"""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sarvl.corpus.export.conversations import without_marks
from sarvl.corpus.export.form import Export
from sarvl.corpus.export.job import ExportJob
from sarvl.corpus.export.sample import Sample
from sarvl.files import write_text
from sarvl.language.prompts import CAPTION_PROMPT, CHOICE_PROMPT, QUESTION_PROMPT
from sarvl.language.questions import option_letter

FOLDER = "images"
HELPERS = "sarvl_tasks.py"
_FEATURES = {
    "image": {"_type": "Image"},
    **{name: {"dtype": "string", "_type": "Value"} for name in ("file", "question", "answer", "category")},
    **{
        name: {"feature": {"dtype": "string", "_type": "Value"}, "_type": "Sequence"} for name in ("options", "answers")
    },
}
_SCHEMA = pa.schema(
    [
        ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        ("file", pa.string()),
        ("question", pa.string()),
        ("answer", pa.string()),
        ("category", pa.string()),
        ("options", pa.list_(pa.string())),
        ("answers", pa.list_(pa.string())),
    ],
    metadata={"huggingface": json.dumps({"info": {"features": _FEATURES}})},
)
_TASK = """\
# {what} of split {split} of corpus {digest}; run lmms-eval in this folder, or give dataset_kwargs the whole path.
task: {name}
dataset_path: parquet
dataset_kwargs: {{data_files: {{test: {name}.parquet}}}}
test_split: test
output_type: generate_until
doc_to_visual: !function sarvl_tasks.shown
doc_to_text: !function sarvl_tasks.asked
doc_to_target: answer
process_results: !function sarvl_tasks.compared
generation_kwargs: {{max_new_tokens: {tokens}, do_sample: false, temperature: 0}}
metric_list: [{{metric: exact, aggregation: mean, higher_is_better: true}}]
metadata: [{{version: 1}}]
"""


_IMAGES_A_GROUP = 64


def _write(job: ExportJob) -> None:
    for split in job.splits:
        pictures = list(job.write_pictures(split, FOLDER))
        for what, tokens, rows in (("questions", 64, _questions), ("captions", 128, _captions)):
            name = f"sarvl_{split}_{what}".replace("-", "_")
            written = 0
            with pq.ParquetWriter(job.folder / f"{name}.parquet", _SCHEMA, compression="zstd") as writer:
                for start in range(0, len(pictures), _IMAGES_A_GROUP):
                    some = pictures[start : start + _IMAGES_A_GROUP]
                    made = [row for file, sample in some for row in rows(sample, job.folder / FOLDER / file)]
                    writer.write_table(pa.Table.from_pylist(made, _SCHEMA))
                    written += len(made)
            job.count(split, f"rows of {what}", written)
            if not written:
                (job.folder / f"{name}.parquet").unlink()
                continue
            text = _TASK.format(name=name, what=what, split=split, digest=job.corpus.digest, tokens=tokens)
            write_text(job.folder / f"{name}.yaml", text)
    write_text(job.folder / HELPERS, _helpers())


def _helpers() -> str:
    """Return the file of functions that lmms-eval calls, with our prompts in it: it runs where sarvl is not."""
    text = files("sarvl.corpus.export").joinpath("lmms_eval_tasks.txt").read_text(encoding="utf-8")
    return text.replace("<<prompt>>", repr(QUESTION_PROMPT)).replace("<<choice prompt>>", repr(CHOICE_PROMPT))


def _questions(sample: Sample, picture: Path) -> list[dict[str, Any]]:
    asked = [said for said in sample.questions if said.application != "description"]
    return [
        _row(
            picture,
            question=without_marks(said.text),
            answer=option_letter(said) or said.answer,
            category=said.application,
            options=list(said.options),
        )
        for said in asked
    ]


def _captions(sample: Sample, picture: Path) -> list[dict[str, Any]]:
    captions = [said.text for said in sample.captions]
    question = CAPTION_PROMPT
    row = _row(picture, question=question, answer=captions[0] if captions else "", category="description")
    return [{**row, "answers": captions}] if captions else []


def _row(picture: Path, **fields: Any) -> dict[str, Any]:
    image = {"bytes": picture.read_bytes(), "path": picture.name}
    return {"image": image, "file": picture.name, "options": [], "answers": [], **fields}


def _usage(job: ExportJob) -> str:
    split = next(iter(job.splits))
    return f"""\
`sarvl_{split}_questions.yaml` and `sarvl_{split}_captions.yaml` are tasks of lmms-eval, whose data lie beside them. In
this folder:

    python -m lmms_eval --include_path . --tasks sarvl_{split}_questions --log_samples --output_path out --model MODEL

`exact` is right where an answer is the right one but for case, blanks and the last full stop. The samples that it logs
are scored strictly by `sarvl score vqa SAMPLES.jsonl --format lmms-eval`, and those of captions by
`sarvl score captions SAMPLES.jsonl --format lmms-eval`.
"""


EXPORT = Export(
    _write,
    _usage,
    takes_questions=True,
    needs_caption=False,
    not_read="its data hold the pictures, one row a question",
)
