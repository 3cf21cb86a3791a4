"""Sections: an inspection as headed tables, for the terminal and for the data card alike."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sarvl.corpus.corpus_info import CorpusSource
from sarvl.corpus.inspecting.byte_levels import IMAGES_A_SOURCE, ByteLevels
from sarvl.corpus.inspecting.diversity import Similarity
from sarvl.corpus.inspecting.inspection import BySplit, Inspection, SourceImages
from sarvl.corpus.inspecting.verification import Verification
from sarvl.corpus.scenes import UNKNOWN, WHERE_TO_LOOK, advice_on
from sarvl.imagery.levels import FEWEST_LEVELS
from sarvl.markdown import visible

NOT_MEASURED = "not measured: no embedder"
_IMAGE_HEAD = (
    "source",
    "quantity",
    "bands",
    "width, px",
    "height, px",
    "pixel spacing, m",
    "scenes",
    "labelled classes",
)
_IMAGE_REMARK = (
    "Quantity: what a pixel is; display is 8-bit brightness without a unit. Scenes: what images were cut from. "
    "Labelled classes: what the source would have labelled wherever it stands, so that its absence can be said."
)
_TEXT_REMARK = (
    "distinct-n: of all runs of n words within captions, the share that are different (Li et al. 2016). 1 is no run "
    "twice; it falls as a corpus grows, so compare corpora of one size. Verify reads a statement back and holds it "
    "against the annotation."
)


class Section(NamedTuple):
    """A heading, a table (its rows may be none) and a sentence under it."""

    title: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    remark: str = ""


def sections_of(inspection: Inspection) -> list[Section]:
    """Return the sections that have something to say, in the order of reading."""
    sections = [
        _sources(inspection),
        Section("Images", _IMAGE_HEAD, list(map(_image_figures, inspection.images)), _IMAGE_REMARK),
        Section("Texts", ("figure", "value"), _text_figures(inspection), _TEXT_REMARK),
        _problems(inspection.verification),
        Section("Families of captions", ("family", "captions", "share"), _shares(inspection.captions.families)),
        Section("Claims of all texts", ("kind", "claims", "share"), _shares(inspection.claims)),
        Section("Questions", ("application", "answer", "questions", "share"), _questions(inspection)),
        Section("Yes and no", ("asked for", "yes", "no", "share of yes"), _yes_no(inspection)),
        _blind(inspection),
        _not_asked(inspection),
        _by_split("Objects", "class", inspection.objects, inspection.splits),
        _by_split("Image labels", "label", inspection.labels, inspection.splits),
        _labelled(inspection),
        _bytes(inspection),
        _overlapping(inspection),
        _duplicates(inspection),
        Section("Refused", ("source", "what", "reason", "count"), [_row(row) for row in inspection.refused]),
        Section("Noted on images", ("source", "note", "count"), [_row(row) for row in inspection.noted]),
    ]
    return [_plain(section) for section in sections if section.rows]


def _plain(section: Section) -> Section:
    """Return a section that hides nothing from a reader and does nothing to a terminal: names come from files."""
    rows = [tuple(map(visible, row)) for row in section.rows]
    return Section(section.title, tuple(map(visible, section.head)), rows, visible(section.remark))


def _row(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(f"{value:,}" if isinstance(value, int) else str(value) for value in values)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _sources(inspection: Inspection) -> Section:
    rows = [
        _row((source.name, source.images_in, source.images_kept, _splits(source, inspection), source.licence))
        for source in inspection.sources
    ]
    scenes = f"{UNKNOWN.capitalize()}: {', '.join(inspection.scenes_unknown)}. {WHERE_TO_LOOK}."
    absent = f"Not held, so that nothing of them is in here: {', '.join(inspection.not_held)}."
    not_named = [f"{source.name} {source.not_named:,}" for source in inspection.sources if source.not_named]
    hidden = [f"{source.name} {source.hidden:,}" for source in inspection.sources if source.hidden]
    remarks = [
        *([absent] if inspection.not_held else []),
        *([f"Image files that no annotation names: {', '.join(not_named)}."] if not_named else []),
        *([f"Hidden files and folders passed over: {', '.join(hidden)}."] if hidden else []),
        *([scenes] if inspection.scenes_unknown else []),
    ]
    return Section("Sources", ("source", "images in", "kept", "splits", "licence"), rows, " ".join(remarks))


def _image_figures(images: SourceImages) -> tuple[str, ...]:
    count = sum(images.quantities.values())
    return (
        images.source,
        _counted(images.quantities),
        _counted(images.bands),
        _reach(*images.widths),
        _reach(*images.heights),
        _spacing(images, count),
        _scenes(images, count),
        f"{images.labelled_classes:,}",
    )


def _counted(counts: dict[str, int]) -> str:
    """Return the one name, or each with its count."""
    return next(iter(counts)) if len(counts) == 1 else ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _reach(least: float, most: float) -> str:
    return f"{least:g}" if least == most else f"{least:g} to {most:g}"


def _spacing(images: SourceImages, count: int) -> str:
    if images.spacing_m is None:
        return "not stated"
    stated = "" if images.with_spacing == count else f" (of {images.with_spacing:,} images)"
    return _reach(*images.spacing_m) + stated


def _scenes(images: SourceImages, count: int) -> str:
    if images.without_scene == count:
        return "unknown"
    return f"{images.scenes:,}" + (f", and {images.without_scene:,} images without" if images.without_scene else "")


def _splits(source: CorpusSource, inspection: Inspection) -> str:
    counts = source.splits
    return ", ".join(f"{split} {counts[split]:,}" for split in inspection.splits if split in counts)


def _text_figures(inspection: Inspection) -> list[tuple[str, ...]]:
    captions, questions = inspection.captions, inspection.questions
    rows: list[tuple[str, object]] = [
        ("captions", captions.count),
        ("different captions", captions.distinct),
        *((f"distinct-{n}", f"{share:.4f}") for n, share in captions.distinct_ngrams.items()),
        ("words a caption, mean", f"{captions.mean_words:.1f}"),
        ("words a caption, most", len(captions.words) - 1),
        ("cosine between captions", _cosine(inspection.similarity)),
        ("questions", questions.count),
        ("different questions", questions.distinct),
        ("left out by the recipe's filter", inspection.texts_left_out),
        ("statements confirmed by verify", _confirmed(inspection.verification)),
    ]
    return [_row(row) for row in rows]


def _cosine(similarity: Similarity | None) -> str:
    if similarity is None:
        return NOT_MEASURED
    return f"mean {similarity.mean:.3f}, variance {similarity.variance:.4f} ({similarity.texts:,} drawn)"


def _confirmed(verification: Verification) -> str:
    if not verification.statements:
        return "none to verify: people wrote all texts"
    drawn = "all" if verification.checked == verification.statements else f"drawn from {verification.statements:,}"
    share = _share(verification.confirmed, verification.checked)
    return f"{share} ({verification.confirmed:,} of {verification.checked:,}, {drawn})"


def _problems(verification: Verification) -> Section:
    failed = verification.checked - verification.confirmed
    remark = f"The first {len(verification.problems)} of {failed:,}." if failed else ""
    return Section("Statements that verify refuses", ("image", "text", "problem"), list(verification.problems), remark)


def _shares(counts: dict[str, int]) -> list[tuple[str, ...]]:
    whole = sum(counts.values())
    return [_row((name, count, _share(count, whole))) for name, count in counts.items()]


def _questions(inspection: Inspection) -> list[tuple[str, ...]]:
    return [
        _row((application, answer_type, count, _share(count, inspection.questions.count)))
        for application, answer_types in inspection.questions.applications.items()
        for answer_type, count in answer_types.items()
    ]


def _yes_no(inspection: Inspection) -> list[tuple[str, ...]]:
    counts = [
        (name, answers.get("yes", 0), answers.get("no", 0)) for name, answers in inspection.questions.yes_no.items()
    ]
    return [_row((name, yes, no, _share(yes, yes + no))) for name, yes, no in counts]


def _blind(inspection: Inspection) -> Section:
    rows = [
        _row((score.kind, score.questions, *(f"{share:.2f}" for share in (score.chance, score.majority, score.words))))
        for score in inspection.blind
    ]
    remark = "Accuracy of one who never sees an image; what is above chance, the words of the questions give away."
    head = ("kind", "questions", "chance", "most frequent answer", "words of the question")
    return Section("A blind reader", head, rows, remark)


def _not_asked(inspection: Inspection) -> Section:
    rows = [
        _row((item.source, item.kind, ", ".join(item.classes) or "all", item.answer, f"{item.share:.2f}", item.answers))
        for item in inspection.not_asked
    ]
    remark = "They have one answer in more than 80 % of their source, so that the words alone tell it."
    return Section("Questions not asked", ("source", "kind", "about", "answer", "share", "would be"), rows, remark)


def _by_split(title: str, what: str, counts: BySplit, splits: Iterable[str]) -> Section:
    splits = list(splits)
    rows = [
        _row((name, *(by_split.get(split, 0) for split in splits), sum(by_split.values())))
        for name, by_split in counts.items()
    ]
    return Section(title, (what, *splits, "all"), rows)


def _labelled(inspection: Inspection) -> Section:
    remark = "Only of these is it said that there are none. One that no image has may be misspelt."
    return Section(
        "Taken as labelled", ("source", "class", "images with it"), [_row(row) for row in inspection.labelled], remark
    )


def _bytes(inspection: Inspection) -> Section:
    rows = [
        _row(
            (
                *(item.source, item.quantity, item.band),
                *(f"{item.mean:.0f}", f"{item.spread:.0f}"),
                *(f"{100 * item.share_of(byte):.1f} %" for byte in (0, 255)),
                *(item.levels, item.default_levels),
            )
        )
        for item in inspection.byte_levels
    ]
    head = ("source", "quantity", "band", "mean", "spread", "at 0", "at 255", "levels", "levels by default")
    return Section("Bytes that a model sees", head, rows, " ".join(_told_of_bytes(inspection)))


def _told_of_bytes(inspection: Inspection) -> Iterator[str]:
    yield (
        f"Of up to {IMAGES_A_SOURCE} images a source, in the ranges that sarvl train fits to the training split; "
        "levels are the bytes that hold 99 % of the pixels."
    )
    few = [item for item in inspection.byte_levels if item.levels < FEWEST_LEVELS]
    if few:
        yield (
            f"Under {FEWEST_LEVELS} levels are used: {_named(few)}. Read the original data, or give model.ranges "
            "in the training recipe."
        )
    by_default = [item for item in inspection.byte_levels if item.default_levels < FEWEST_LEVELS and item not in few]
    if by_default:
        yield (
            f"Under {FEWEST_LEVELS} levels in the default ranges, which models have that were not trained by sarvl: "
            f"{_named(by_default)}."
        )
    if inspection.bytes_unread:
        yield f"Not measured, since images cannot be read: {', '.join(inspection.bytes_unread)}."


def _named(levels: Iterable[ByteLevels]) -> str:
    return ", ".join(f"{item.source} ({item.band})" for item in levels)


def _overlapping(inspection: Inspection) -> Section:
    rows = [_row((", ".join(patches.splits), patches.pairs, *patches.example)) for patches in inspection.overlapping]
    advice = dict.fromkeys(advice_on(patches) for patches in inspection.overlapping)
    remark = f"Their names say where they lie. To keep such patches in one split: {'; '.join(advice)}."
    return Section("Overlapping patches", ("in splits", "pairs", "for example", "and"), rows, remark if rows else "")


def _duplicates(inspection: Inspection) -> Section:
    report = inspection.duplicates
    rows = [
        _row(
            (
                *map(", ".join, (item.splits, item.sources)),
                item.pictures,
                item.images,
                item.examples[0][0],
            )
        )
        for item in report.clusters
    ]
    remark = (
        f"The recipe asked for: {report.duplicates}. Dropped images: {report.dropped_images:,}; "
        f"images moved to another split: {report.moved_images:,}."
    )
    return Section("The same pictures", ("in splits", "of sources", "pictures", "images", "for example"), rows, remark)
