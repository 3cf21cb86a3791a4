"""Image-text retrieval: one ranking over all images and all their captions, in both directions."""

import re
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sarvl.blocks import Block, Column, Gallery, Line, Picture, Shown, Table
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.row_blocks import other_figures, percent, share_cell, tiles
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.measures.measure import Measure
from sarvl.measures.ranks import PairRanks, rank_pairs
from sarvl.measures.retrieval import retrieval_of_ranks
from sarvl.models.protocols import Embedder

TEXT_TO_IMAGE, IMAGE_TO_TEXT = "text_to_image", "image_to_text"


def runs(evaluated: EvaluatedModel, settings: None) -> list[TaskRun]:
    """Return the one retrieval over all images; raises EvaluationError where one has no caption."""
    images = evaluated.images
    captions = captions_of(images)
    sources = images.corpus.column("source")
    names = sorted({sources[row] for row in images.rows})
    source = "all" if names == sorted(set(sources)) else "+".join(names)
    return [TaskRun(source, partial(outcome, evaluated, captions))]


def outcome(evaluated: EvaluatedModel, captions: list[list[str]]) -> Outcome:
    """Return one row a caption row (``text_to_image``), then one an image (``image_to_text``).

    Beside the usual columns stand ``direction``, ``image``, ``text`` (the caption, empty for an image),
    ``strict_rank`` and ``grouped_rank``. The truth of an image is all its captions, one a line.
    """
    images = evaluated.images
    text_of_pair = [text for own in captions for text in own]
    image_of_pair = np.repeat(np.arange(len(captions)), [len(own) for own in captions])
    distinct = {text: index for index, text in enumerate(dict.fromkeys(text_of_pair))}
    ranks = rank_pairs(
        evaluated.image_features,
        evaluated.able(Embedder, "retrieval").encode_texts(list(distinct)),
        [distinct[text] for text in text_of_pair],
        image_of_pair,
    )
    ids, groups = np.array(images.ids, object), np.array(images.groups, object)
    owners = ids[image_of_pair]
    names = [f"{name}#{number}" for name, own in zip(ids, captions, strict=True) for number in range(len(own))]
    return Outcome.of(
        item=[*names, *(f"{name}#image" for name in ids)],
        group=[*groups[image_of_pair], *groups],
        truth=[*owners, *map("\n".join, captions)],
        prediction=[*ids[ranks.first_image.candidate], *np.array(list(distinct), object)[ranks.first_text.candidate]],
        score=np.concatenate([ranks.first_image.score, ranks.first_text.score]),
        direction=[TEXT_TO_IMAGE] * len(owners) + [IMAGE_TO_TEXT] * len(ids),
        image=[*owners, *ids],
        text=[*text_of_pair, *[""] * len(ids)],
        strict_rank=np.concatenate([ranks.strict_text, ranks.strict_image]),
        grouped_rank=np.concatenate([ranks.grouped_text, ranks.grouped_image]),
    )


def captions_of(images: SplitImages) -> list[list[str]]:
    """Return the captions of each image; raises EvaluationError where one has none."""
    corpus = images.corpus
    captions = [[corpus.sentences[text] for text in corpus.captions_of_image[row]] for row in images.rows]
    speechless = sum(not own for own in captions)
    if speechless:
        raise EvaluationError(
            f"{corpus.folder}: {speechless} of {len(captions)} images of split {images.split} have no "
            "caption to retrieve; choose sources that have captions"
        )
    return captions


def measures(outcome: Outcome) -> list[Measure]:
    """Return recall at 1, 5 and 10 in both directions, strict and grouped, and what they must be read with."""
    texts, images = outcome.where("direction", TEXT_TO_IMAGE), outcome.where("direction", IMAGE_TO_TEXT)
    ranks = PairRanks(
        strict_text=texts.column("strict_rank"),
        grouped_text=texts.column("grouped_rank"),
        strict_image=images.column("strict_rank"),
        grouped_image=images.column("grouped_rank"),
    )
    text_of_pair = indices_of(texts.column("text"), texts.column("text"))
    image_of_pair = indices_of(texts.column("image"), images.column("image"))
    return retrieval_of_ranks(ranks, text_of_pair, image_of_pair).measures(images.column("group"))


def indices_of(values: NDArray[np.object_], among: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the index of each value among the different ones of a list, in the order of their first appearance."""
    index_of = {value: index for index, value in enumerate(dict.fromkeys(among))}
    return np.array([index_of[value] for value in values], np.int64)


HEADLINES = {"grouped_mean_recall": "Grouped retrieval, mean recall,"}
TILES = {
    "grouped_mean_recall": "Retrieval, grouped mean recall",
    "strict_mean_recall": "Retrieval, strict mean recall",
}
METRIC = re.compile(r"(strict|grouped)_(?:(text_to_image|image_to_text)_R@(\d+)|mean_recall)")
DIRECTIONS = {TEXT_TO_IMAGE: "text to image", IMAGE_TO_TEXT: "image to text"}
WORST = 12


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return the headlines, one table of strict beside grouped recall, and the captions that were found last."""
    table = recall_table(rows)
    shown = [row.metric for row in rows if METRIC.fullmatch(row.metric)]
    shown += ["distinct_captions"] if shown else []
    blocks: list[Block] = [*tiles(rows, TILES), *table, *other_figures(rows, shown)]
    return [*blocks, *worst_captions(outcome)] if outcome else blocks


def recall_table(rows: Sequence[ResultRow]) -> list[Table]:
    """Return text to image by depth, image to text by depth, then the mean."""
    lines: dict[tuple[int, int], dict[str, ResultRow]] = {}
    for row in rows:
        if match := METRIC.fullmatch(row.metric):
            protocol, direction, depth = match.groups()
            place = (list(DIRECTIONS).index(direction), int(depth)) if direction else (len(DIRECTIONS), 0)
            lines.setdefault(place, {})[protocol] = row
    if not lines:
        return []
    columns = [Column("")]
    columns += [Column(label, "strict") for label in ("value", "chance", "limit")]
    columns += [Column(label, "grouped") for label in ("value", "chance")] + [Column("n", " ")]
    made = [
        _recall_line(*place, by_protocol.get("strict"), by_protocol.get("grouped"))
        for place, by_protocol in sorted(lines.items())
    ]
    return [Table("Retrieval", columns, made, _recall_remark(rows))]


def _recall_line(side: int, depth: int, strict: ResultRow | None, grouped: ResultRow | None) -> Line:
    total = side == len(DIRECTIONS)
    label = "mean recall" if total else f"{list(DIRECTIONS.values())[side]}, R@{depth}"
    chances = [percent(row.chance if row else None) for row in (strict, grouped)]
    limit = percent(strict.ceiling if strict else None)
    queries = str(row.n) if (row := strict or grouped) else ""
    return Line((label, share_cell(strict), chances[0], limit, share_cell(grouped), chances[1], queries), total)


def _recall_remark(rows: Sequence[ResultRow]) -> str:
    captions = next((row for row in rows if row.metric == "distinct_captions"), None)
    held = f" {captions.n} caption rows hold {captions.value:.0f} distinct captions." if captions else ""
    return (
        "Strict: only a caption's own image is right, and only an image's own caption rows. Grouped: any image that "
        f"carries an equal caption is right, and any caption that the image carries.{held} Limit: the most that any "
        "model can reach where equal captions count as wrong."
    )


def worst_captions(outcome: Outcome) -> list[Gallery]:
    """Return the captions whose right images stand deepest, each once, beside the image that stood first."""
    texts = outcome.where("direction", TEXT_TO_IMAGE)
    ranks = texts.column("grouped_rank")
    rows = np.sort(np.unique(texts.column("text"), return_index=True)[1])  # equal captions have equal ranks
    deepest = rows[np.argsort(-ranks[rows], kind="stable")][:WORST]
    remark = "Left the image of the caption, right the one that the model ranks first. The rank is the grouped one."
    pictures = [_missed(texts, int(row)) for row in deepest if ranks[row] > 1]
    return [Gallery("Captions that were found last", pictures, remark)] if pictures else []


def _missed(texts: Outcome, row: int) -> Picture:
    truth, first = texts.column("truth")[row], texts.column("prediction")[row]
    lines = (
        f"rank {texts.column('grouped_rank')[row]} of {len(set(texts.column('image')))} images",
        f"its image: {truth}",
        f"ranked first: {first}, cosine {texts.column('score')[row]:.3f}",
    )
    return Picture(f"“{texts.column('text')[row]}”", (Shown(truth), Shown(first)), lines)


TASK = Task("retrieval", "retrieval-2", Embedder, runs, measures, views, headlines=HEADLINES)
