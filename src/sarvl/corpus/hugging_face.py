"""A corpus as a ``datasets.Dataset`` of Hugging Face, whose images are read from their files when asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sarvl.errors import CorpusError

if TYPE_CHECKING:
    from datasets import Dataset

    from sarvl.corpus.store import Corpus


def dataset_of(corpus: "Corpus", split: str | None, sources: Sequence[str]) -> "Dataset":
    """Return the images of a split (all where None) as a Dataset; see ``Corpus.to_dataset``."""
    try:
        from datasets import Dataset, Features, Image, Value  # noqa: PLC0415 - an extra
    except ImportError as problem:
        raise CorpusError(
            "to_dataset needs datasets, which is not installed; pip install 'sarvl[datasets]'"
        ) from problem
    text, number = Value("string"), Value("float64")
    objects = [{"class_name": text, "box": [number]}]
    questions = [{"question": text, "answer": text, "answer_type": text, "family": text}]
    features = Features(
        {
            "image": Image(),
            **dict.fromkeys(("image_id", "source", "split", "licence", "label"), text),
            **dict.fromkeys(("width", "height"), Value("int32")),
            "objects": objects,
            "captions": [text],
            "questions": questions,
        }
    )
    entries = [_entry(corpus, row) for row in _rows(corpus, split, sources)]
    return Dataset.from_dict({name: [entry[name] for entry in entries] for name in features}, features)


def _rows(corpus: "Corpus", split: str | None, sources: Sequence[str]) -> list[int]:
    if split is not None:
        return list(map(int, corpus.rows_of(split, sources)))
    names = corpus.column("source")
    rows = [row for row, name in enumerate(names) if not sources or name in sources]
    if not rows:
        raise CorpusError(f"{corpus.folder}: no image of {', '.join(sources)}; there are {', '.join(sorted({*names}))}")
    return rows


def _entry(corpus: "Corpus", row: int) -> dict[str, Any]:
    image, statements = corpus.image(row), corpus.statements(row)
    annotation = image.annotation
    return {
        "image": str(corpus.paths[row].absolute()),
        "image_id": corpus.images["image_id"][row].as_py(),
        "source": image.source,
        "split": image.split,
        "licence": image.licence,
        "label": annotation.label,
        "width": annotation.width,
        "height": annotation.height,
        "objects": [{"class_name": item.class_name, "box": list(map(float, item.box))} for item in annotation.objects],
        "captions": [said.text for said in statements if said.kind == "caption"],
        "questions": [
            {"question": said.text, "answer": said.answer, "answer_type": said.answer_type, "family": said.family}
            for said in statements
            if said.kind == "question"
        ],
    }
