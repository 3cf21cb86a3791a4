"""inspect: what is in a corpus, counted over its tables."""

from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sarvl.corpus.inspecting.blind_reader import blind_scores
from sarvl.corpus.inspecting.byte_levels import byte_levels
from sarvl.corpus.inspecting.counting import count_rows, in_split_order
from sarvl.corpus.inspecting.diversity import distinct_ngrams, similarity_of, word_counts
from sarvl.corpus.inspecting.image_figures import image_figures
from sarvl.corpus.inspecting.inspection import BySplit, CaptionFigures, Inspection, QuestionFigures
from sarvl.corpus.inspecting.refusals import counted_refusals, without_particulars
from sarvl.corpus.inspecting.verification import verify_corpus
from sarvl.corpus.scenes import overlapping_patches, sources_of_unknown_scenes
from sarvl.corpus.store import Corpus
from sarvl.corpus.tables import read_table
from sarvl.language import CLAIM_KINDS, claims_from_json
from sarvl.text_embedder import TextEmbedder


def inspect(
    corpus: Corpus, *, embedder: TextEmbedder | None = None, statements: int | None = None, workers: int | None = None
) -> Inspection:
    """Return the figures of ``corpus``.

    embedder: makes sentence vectors; without it the similarity of captions is not measured.
    statements: how many machine-made statements are verified, drawn from the corpus's seed; all where None.
    Raises CorpusError where the tables are torn.
    """
    return inspect_tables(corpus, read_table(corpus.folder, "rejects"), embedder, statements, workers)


def inspect_tables(
    corpus: Corpus, rejects: pa.Table, embedder: TextEmbedder | None, statements: int | None, workers: int | None
) -> Inspection:
    """Do as ``inspect`` with a rejects table that need not be in the corpus's folder yet."""
    captions = _of_kind(corpus.texts, "caption", "text", "family", "producer")
    splits = count_rows(corpus.images, "split")
    levels, unread = byte_levels(corpus, workers)
    return Inspection(
        digest=corpus.digest,
        counts=corpus.info.counts,
        sources=corpus.info.sources,
        images=image_figures(corpus.images),
        not_held=corpus.info.not_held,
        texts_left_out=corpus.info.texts_left_out,
        splits={split: splits[split,] for split in in_split_order(name for (name,) in splits)},
        captions=_caption_figures(captions),
        questions=_question_figures(corpus.texts),
        blind=blind_scores(corpus),
        not_asked=corpus.info.not_asked,
        claims=_claims_by_kind(corpus.texts["claims"]),
        objects=_objects_by_split(corpus.images),
        labels=_by_split(count_rows(corpus.images.filter(corpus.images["label"].is_valid()), "label", "split")),
        labelled=_labelled(corpus.images),
        objects_an_image=np.bincount(pc.list_value_length(corpus.images["objects"]).to_numpy()).tolist(),
        refused=counted_refusals(rejects),
        noted=_noted(corpus.images),
        scenes_unknown=sources_of_unknown_scenes(corpus.images),
        overlapping=overlapping_patches(corpus.images),
        duplicates=corpus.info.audit,
        verification=verify_corpus(corpus, statements, workers),
        similarity=similarity_of(captions["text"], embedder, corpus.seed) if embedder else None,
        byte_levels=levels,
        bytes_unread=unread,
    )


def _of_kind(texts: pa.Table, kind: str, *columns: str) -> pa.Table:
    """Return the rows of one kind; only the columns that are asked for are copied."""
    return texts.select(columns).filter(pc.equal(texts["kind"], kind))


def _caption_figures(captions: pa.Table) -> CaptionFigures:
    return CaptionFigures(
        count=len(captions),
        distinct=pc.count_distinct(captions["text"]).as_py(),
        distinct_ngrams=distinct_ngrams(captions["text"]),
        words=word_counts(captions["text"]).tolist(),
        families=_most_first(count_rows(captions, "family")),
        producers=_most_first(count_rows(captions, "producer")),
    )


def _question_figures(texts: pa.Table) -> QuestionFigures:
    questions = _of_kind(texts, "question", "text", "application", "answer_type", "answer", "claims", "family")
    applications: dict[str, dict[str, int]] = defaultdict(dict)
    counts = count_rows(questions, "application", "answer_type")
    for (application, answer_type), count in sorted(counts.items(), key=str):
        applications[application or "not stated"][answer_type or "not stated"] = count
    return QuestionFigures(
        count=len(questions),
        distinct=pc.count_distinct(questions["text"]).as_py(),
        applications=dict(applications),
        yes_no=_yes_no(questions.filter(pc.equal(questions["answer_type"], "yes/no"))),
    )


def _yes_no(questions: pa.Table) -> dict[str, dict[str, int]]:
    """Return how often yes and no are the answer about each class.

    Not of ``other_categories`` and ``belongs``, whose claims are of other classes than the one that is asked about.
    """
    of_others = pc.is_in(questions["family"], pa.array(["other_categories", "belongs"]))
    questions = questions.filter(pc.invert(of_others))
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    for (claims, answer), count in count_rows(questions, "claims", "answer").items():
        classes = {claim.group.class_name for claim in claims_from_json(claims)}
        about = "several classes" if len(classes) > 1 else next(iter(classes), "no class stated")
        answers[about][answer.strip().lower().rstrip(".")] += count
    return {name: dict(sorted(answers[name].items(), reverse=True)) for name in sorted(answers)}


def _claims_by_kind(claims: pa.ChunkedArray) -> dict[str, int]:
    # A quotation mark in a class name stands behind a backslash, so that no name can hold these words.
    counts = {kind: pc.sum(pc.count_substring(claims, f'"kind":"{kind}"')).as_py() or 0 for kind in CLAIM_KINDS.names()}
    return {kind: count for kind, count in counts.items() if count}


def _objects_by_split(images: pa.Table) -> BySplit:
    objects = images["objects"].combine_chunks()
    names = pc.struct_field(pc.list_flatten(objects), "class_name")
    splits = images["split"].combine_chunks().take(pc.list_parent_indices(objects))
    return _by_split(count_rows(pa.table({"class": names, "split": splits}), "class", "split"))


def _labelled(images: pa.Table) -> list[tuple[str, str, int]]:
    """Return source, class and number of images with such an object, of the classes that the sources label."""
    labelled = count_rows(_of_images(images, images["labelled_classes"].combine_chunks()), "source", "value")
    objects = images["objects"].combine_chunks()
    names = pa.ListArray.from_arrays(objects.offsets, pc.struct_field(objects.values, "class_name"))
    in_images = count_rows(_of_images(images, names), "source", "value", "image")
    there = Counter((source, name) for source, name, _ in in_images)
    return sorted((source, name, there[source, name]) for source, name in labelled)


def _of_images(images: pa.Table, lists: pa.ListArray) -> pa.Table:
    """Return the values of a column of lists, each with the source and the row of its image."""
    rows = pc.list_parent_indices(lists)
    sources = images["source"].combine_chunks().take(rows)
    return pa.table({"source": sources, "image": rows, "value": pc.list_flatten(lists)})


def _by_split(counts: Counter[tuple[Any, ...]]) -> BySplit:
    """Return counts of (class, split) by class, the most frequent class first."""
    by_class: BySplit = defaultdict(dict)
    for (name, split), count in counts.items():
        by_class[name][split] = count
    return dict(sorted(by_class.items(), key=lambda item: (-sum(item[1].values()), item[0])))


def _most_first(counts: Counter[tuple[Any, ...]]) -> dict[str, int]:
    return {name: count for (name,), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))}


def _noted(images: pa.Table) -> list[tuple[str, str, int]]:
    notes = images["notes"].combine_chunks()
    sources = images["source"].combine_chunks().take(pc.list_parent_indices(notes))
    counts: Counter[tuple[str, str]] = Counter()
    table = pa.table({"source": sources, "note": pc.list_flatten(notes)})
    for (source, note), count in count_rows(table, "source", "note").items():
        counts[source, without_particulars(note)] += count
    return [(*what, count) for what, count in sorted(counts.items())]
