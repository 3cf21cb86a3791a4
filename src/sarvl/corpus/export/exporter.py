"""export: a corpus in the form that another library trains on or evaluates with."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal

import jinja2

from sarvl import __version__
from sarvl.corpus.export.export_info import (
    MANIFEST,
    Choices,
    Conversation,
    ExportedSplit,
    ExportInfo,
    ExportOptions,
    Prompts,
    Wording,
)
from sarvl.corpus.export.folder import new_export
from sarvl.corpus.export.form import EXPORTS, BoxForm, Export
from sarvl.corpus.export.job import ExportJob
from sarvl.corpus.export.keys import flat_keys
from sarvl.corpus.export.picture import ImageFormat
from sarvl.corpus.inspecting.counting import in_split_order
from sarvl.corpus.store import Corpus
from sarvl.corpus.workspace import writing
from sarvl.documents import write_document
from sarvl.errors import CorpusError
from sarvl.files import FilePath, write_text
from sarvl.markdown import escaped, row
from sarvl.parallel import open_pool

_SHARD_SIZE = 1000
_CONVERSATION: Conversation = "question"
_FEW_IMAGES = 64  # are written before other processes have started


def export(
    corpus: Corpus,
    out: FilePath,
    target: str,
    *,
    splits: Sequence[str] = (),
    per_image: int | Literal["all"] | None = None,
    image_format: ImageFormat = "keep",
    shard_size: int | None = None,
    conversation: Conversation | None = None,
    prompts: Prompts | None = None,
    choices: Choices | None = None,
    boxes: BoxForm | None = None,
    workers: int | None = None,
) -> ExportInfo:
    """Write ``corpus`` to the folder ``out`` in the form ``target`` (a name of EXPORTS), and return its export.json.

    splits: all where none is named. per_image: captions of each image, drawn from the corpus's seed; by default one for
    webdataset, else all. image_format: ``keep`` or ``png`` (``picture_of``). shard_size: entries a shard of webdataset,
    1,000 by default. conversation: for llava and sharegpt, one a ``question`` (the default) or one an ``image``.
    prompts, choices, boxes: for the same two, ``Wording``; with ``sarlang``, ``letter`` and the form of a model's boxes
    they are the pairs that ``sarvl train`` has by default.

    The folder appears at once when all is written. The same corpus and options give the same bytes, whatever the number
    of ``workers``. An earlier export in ``out`` is replaced.
    Raises CorpusError for options that cannot be, an ``out`` that holds anything else, and image files that are gone.
    """
    form = EXPORTS.get(target)
    worded = {"conversation": conversation, "prompts": prompts, "choices": choices, "boxes": boxes}
    _check_options(target, form, per_image, shard_size, worded)
    wanted = _rows_of_splits(corpus, splits)
    kept = _with_text(corpus, wanted, form, target)
    images = sum(map(len, kept.values()))
    out = Path(out).absolute()
    with writing(out), new_export(out) as folder, open_pool(workers if images > _FEW_IMAGES else 1) as pool:
        job = ExportJob(
            corpus=corpus,
            folder=folder,
            splits=kept,
            keys=flat_keys(corpus.column("image_id")),
            per_image=form.per_image if per_image is None else None if per_image == "all" else per_image,
            takes_questions=form.takes_questions,
            image_format=image_format,
            shard_size=shard_size or _SHARD_SIZE,
            conversation=conversation or _CONVERSATION,
            wording=Wording(prompts or "plain", choices or "text", boxes or "xywh"),
            pool=pool,
        )
        form.write(job)
        info = _info(job, target, form, left_out=sum(map(len, wanted.values())) - images)
        write_text(folder / "README.md", _readme(job, form, info))
        write_document(folder / MANIFEST, info)
    return info


def _check_options(
    target: str, form: Export, per_image: int | str | None, shard_size: int | None, worded: Mapping[str, str | None]
) -> None:
    for option, value in (("shard_size", shard_size), *worded.items()):
        if value is not None and option not in form.options:
            heed = " and ".join(name for name, other in EXPORTS.items() if option in other.options)
            told = f"--{option.replace('_', '-')} means nothing to {target}"
            raise CorpusError(f"{told}, only to {heed}; leave it out" if heed else f"{told}; leave it out")
    if any(isinstance(number, int) and number < 1 for number in (per_image, shard_size)):
        raise CorpusError("--per-image and --shard-size start at 1")


def _rows_of_splits(corpus: Corpus, splits: Sequence[str]) -> dict[str, list[int]]:
    return {split: corpus.rows_of(split).tolist() for split in splits or in_split_order(corpus.column("split"))}


def _with_text(corpus: Corpus, splits: dict[str, list[int]], form: Export, target: str) -> dict[str, list[int]]:
    """Return the images of each split that have a text for the form; CorpusError where none has."""
    captions, questions = corpus.captions_of_image, corpus.questions_of_image
    kept = {
        split: [row for row in rows if captions[row] or (questions[row] and not form.needs_caption)]
        for split, rows in splits.items()
    }
    if not any(kept.values()):
        raise CorpusError(f"{corpus.folder}: no image of these splits has a text for {target}; choose other splits")
    return {split: rows for split, rows in kept.items() if rows}


def _info(job: ExportJob, target: str, form: Export, left_out: int) -> ExportInfo:
    return ExportInfo(
        target=target,
        sarvl_version=__version__,
        corpus_digest=job.corpus.digest,
        options=ExportOptions(
            per_image=job.per_image or "all",
            image_format=job.image_format,
            shard_size=job.shard_size if "shard_size" in form.options else None,
            conversation=job.conversation if "conversation" in form.options else None,
            **{name: value for name, value in job.wording._asdict().items() if name in form.options},
        ),
        splits={
            split: ExportedSplit(
                images=len(rows),
                captions=sum(map(job.drawn_captions, rows)),
                questions=sum(map(job.asked_questions, rows)),
                more=job.written.get(split, {}),
            )
            for split, rows in job.splits.items()
        },
        pictures=dict(sorted(job.treatments.items())),
        images_left_out=left_out,
        entries=tuple(sorted([*(path.name for path in job.folder.iterdir()), "README.md", MANIFEST])),
    )


def _source_of(job: ExportJob, form: Export) -> str | None:
    """Return the source of a build recipe that reads the first split of an export; None where no format does.

    Of conversations in the words of a model none gives the texts of the corpus back.
    """
    if form.read_back is None or job.wording != Wording():
        return None
    split = next(iter(job.splits)).replace("-", "_") if form.read_back.format == "hf_folder" else next(iter(job.splits))
    format_name, annotations, images = (part.format(split=split) for part in form.read_back)
    return f"{{name: again, format: {format_name}, images: {images}, annotations: {annotations}, split: {split}}}"


def _readme(job: ExportJob, form: Export, info: ExportInfo) -> str:
    environment = jinja2.Environment(autoescape=False, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - Markdown
    environment.filters |= {"escaped": escaped, "row": row}
    template = environment.from_string(
        files("sarvl.corpus.export").joinpath("readme.md.j2").read_text(encoding="utf-8")
    )
    splits = {split: written.figures() for split, written in info.splits.items()}
    columns = list(dict.fromkeys(name for figures in splits.values() for name in figures))
    text = template.render(
        front_matter=form.front_matter(job),
        info=info,
        columns=columns,
        lines=[[split, *(str(figures.get(name, 0)) for name in columns)] for split, figures in splits.items()],
        usage=form.usage(job),
        source=_source_of(job, form),
        sources=job.sources(),
    )
    return text + "\n"
