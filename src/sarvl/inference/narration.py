"""narrate: captions of image files by a model, each gated, resumable, every image once."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Unpack

from sarvl.corpus.corpus_info import FILE as CORPUS_FILE
from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.errors import EndpointError, ModelError
from sarvl.files import FilePath
from sarvl.inference.gates import problem_with
from sarvl.inference.image_options import ImageOptions, reading_of
from sarvl.inference.jobs import Job, jobs_of
from sarvl.inference.ledger import Ledger, Outcome, last_refusal, refused_beside
from sarvl.inference.located_image import Refusal
from sarvl.inference.narrated_corpus import build_narrated
from sarvl.inference.written import Writer, Written
from sarvl.language.words.lexicon import Domain
from sarvl.language.words.vocabulary import Vocabulary, vocabulary_of
from sarvl.models.decoding_settings import Decoding
from sarvl.models.hub import check_hub
from sarvl.models.packaging.packaged_models import named_or_packaged
from sarvl.parallel import Engine
from sarvl.recipes import check_recipe, load_recipe

_FILES = (".jsonl", ".json", ".csv")


class Narrated(NamedTuple):
    """What ``narrate`` did: the file or corpus, how many captions it wrote now and held before, and what it refused."""

    out: Path
    written: int
    held: int
    refused: int

    @property
    def refusals(self) -> Path:
        """The file of what was refused, each with the reason; absent where nothing was."""
        return refused_beside(_captions_of(self.out))


def narrate(
    images: Sequence[FilePath] | FilePath,
    model: FilePath | None,
    out: FilePath,
    *,
    endpoint: EndpointSettings | FilePath | None = None,
    cache: FilePath | None = None,
    classes: Sequence[str] = (),
    samples: int = 0,
    decoding: Decoding | None = None,
    domain: Domain | None = None,
    split: str = "train",
    copies: int = 1,
    engine: Engine = "processes",
    **options: Unpack[ImageOptions],
) -> Narrated:
    """Append captions of image files to ``out``: JSON lines, a CSV (``.csv``), or the corpus of a folder.

    images: image files, as of ``embed``, or the folder of a corpus. There a caption must be true of the annotation, and
    be understood whole (``verify``), where that has objects or labelled classes. ``sarvl build`` reads the files by the
    formats ``captions`` and ``csv_captions``. Of a folder the captions lie beside it, as JSON lines, and the corpus is
    built of them, with ``split`` where the images come from none. model: what writes, as of ``embed``.
    endpoint: settings, a YAML file of them, or the base URL of an OpenAI-compatible server, whose ``model`` writes
    instead; answers are kept in the folder ``cache``, by default beside ``out``.
    classes: what captions may count; with them the gates see numbers that do not fit their nouns, and samples that say
    otherwise. samples: how many captions are drawn beside the one that is kept, whose classes and counts must agree
    with it. decoding: how the caption is searched; greedy by default. domain: ``optical`` where colours may be said; of
    a corpus its own. copies, engine: how many copies of the model write, each in a process of its own, and where; one
    writes in this process, but on Ray. options: as of ``embed``; a corpus knows itself how its files are read.

    A caption that a gate refuses, or an image that cannot be used, is a line of ``out`` with ``.refused`` before its
    ending, with the reason. Images that have a caption in either file are not captioned again, so that a killed run
    goes on; one that was refused without a caption is tried again, and its line is replaced.
    Raises ModelError where the model writes no captions, none is kept, another process writes ``out``, or it cannot be
    written; EndpointError where an endpoint does not answer.
    """
    out = Path(out)
    _check_form(out)
    jobs = jobs_of(images, reading_of(options))
    shown = domain or _domain_of(jobs)
    how = _How(decoding or Decoding(), samples, copies, engine, options)
    if endpoint is None:
        writer = _model_writer(model, how)
    else:
        answers = Path(cache or f"{out}.answers")
        writer = _endpoint_writer(_settings(endpoint, model), answers, shown, tuple(classes), how)
    gates = Gates({}, Vocabulary(tuple(classes)), shown)
    if out.suffix in _FILES:
        return Narrated(out, *_fill(out, writer, gates, jobs))
    return _into_corpus(out, writer, gates, [job.in_split(split) for job in jobs], options.get("workers"))


def _into_corpus(out: Path, writer: Writer, gates: "Gates", jobs: Sequence[Job], workers: int | None) -> Narrated:
    """Write what is missing of the captions beside ``out``, and build the corpus of them."""
    captions = _captions_of(out)
    counts = _fill(captions, writer, gates, jobs)
    build_narrated(out, captions, jobs, gates.domain, workers)
    return Narrated(out, *counts)


def _captions_of(out: Path) -> Path:
    """Return the file of captions: ``out`` itself, or beside the folder of a corpus."""
    return out if out.suffix in _FILES else out.with_name(f"{out.name}.captions.jsonl")


def _check_form(out: Path) -> None:
    """Raise ModelError where ``out`` is named as a file of a form that is not written, and is no corpus already."""
    if out.suffix not in _FILES and out.suffix[1:].isalpha() and not (out / CORPUS_FILE).is_file():
        raise ModelError(
            f"{out}: captions are not written as {out.suffix}; give a {', '.join(_FILES)} file, or for a corpus a "
            "folder without such an ending"
        )


class _How(NamedTuple):
    """How a caption is found, and where: the arguments of ``narrate`` by the same names."""

    decoding: Decoding
    samples: int
    copies: int
    engine: Engine
    options: ImageOptions


def _fill(captions: Path, writer: Writer, gates: "Gates", jobs: Sequence[Job]) -> tuple[int, int, int]:
    """Write what is missing; returns how many captions were written, and held before, and what was refused.

    Raises ModelError where no caption is kept of any image, now or before.
    """
    gates = gates._replace(jobs={job.path: job for job in jobs})
    with Ledger.open(captions) as ledger:
        left = [(job.path, job.reading) for job in jobs if str(job.path) not in ledger.named]
        ledger.forget(path for path, _ in left)
        held = ledger.written
        try:
            for batch in writer.batches(left) if left else ():
                ledger.add(writer.producer, gates.outcomes(batch))
        except EndpointError as problem:
            done = ledger.written + ledger.refused
            told = f"{done} images are in {captions}, and all answers are kept: mend this, and run again to go on"
            raise EndpointError(f"{problem}; {told}") from problem
        if ledger.refused and not ledger.written:
            refusals = refused_beside(captions)
            raise ModelError(f"no caption was kept; {refusals} has the reasons, such as {last_refusal(refusals)}")
        return ledger.written - held, held, ledger.refused


class Gates(NamedTuple):
    """By what captions are judged. jobs: by path, some with an annotation; vocabulary: of images without one."""

    jobs: Mapping[Path, Job]
    vocabulary: Vocabulary
    domain: Domain

    def outcomes(self, batch: Sequence[Written | Refusal]) -> Iterator[Outcome]:
        """Yield what becomes of each image, in order."""
        for written in batch:
            if isinstance(written, Refusal):
                yield Outcome(written.path, "", None, written.reason)
                continue
            job = self.jobs[written.path]
            vocabulary = vocabulary_of(job.annotation) if job.annotation else self.vocabulary
            reason = problem_with(written.text, written.drawn, vocabulary, job.annotation, self.domain)
            yield Outcome(written.path, written.text, written.log_probability, reason, job.split)


def _domain_of(jobs: Sequence[Job]) -> Domain:
    domains = {job.domain or "sar" for job in jobs}
    if len(domains) > 1:
        raise ModelError("the corpus has SAR and optical images; narrate each in a corpus of its own")
    return "optical" if domains == {"optical"} else "sar"


def _model_writer(model: FilePath | None, how: _How) -> Writer:
    name = named_or_packaged(model)
    check_hub(name)
    # Heavy, and needed only once all the rest was checked.
    from sarvl.inference.model_writer import ModelWriter, Ways  # noqa: PLC0415

    return ModelWriter.open(name, Ways(how.decoding, how.samples), how.options, how.copies, how.engine)


def _settings(endpoint: EndpointSettings | FilePath, model: FilePath | None) -> EndpointSettings:
    if isinstance(endpoint, EndpointSettings):
        return endpoint
    if str(endpoint).startswith(("http://", "https://")):
        named = {"model": str(model)} if model else {}
        return check_recipe({"base_url": str(endpoint)} | named, EndpointSettings, Path("endpoint"))
    return load_recipe(endpoint, EndpointSettings, [f"model={model}"] if model else [])


def _endpoint_writer(
    settings: EndpointSettings, cache: Path, domain: Domain, classes: tuple[str, ...], how: _How
) -> Writer:
    """Return what asks an endpoint; raises ModelError for settings that it does not heed."""
    given = {
        "decoding": how.decoding != Decoding(),
        "copies": how.copies != 1,
        "engine": how.engine != "processes",
        "device": how.options.get("device") is not None,
        "batch_size": how.options.get("batch_size") is not None,
    }
    for name in (name for name, is_given in given.items() if is_given):
        raise ModelError(f"{name} is of models that are loaded here, not of an endpoint; leave it out")
    from sarvl.inference.endpoint_writer import EndpointWriter  # noqa: PLC0415 - few runs ask an endpoint

    return EndpointWriter(settings, cache, domain=domain, classes=classes, samples=how.samples)
