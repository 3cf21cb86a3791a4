"""Image-text retrieval: one ranking over all images and all their captions, and one a source, in both directions."""

import json
import re
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sarvl.blocks import Bars, Block, Column, Gallery, Line, Picture, Shown, Table
from sarvl.corpus import Corpus
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.row_blocks import other_figures, percent, share_bars, share_cell, share_table, tiles
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.measures.chance import chance_recall
from sarvl.measures.graded import GRADED_DEPTH, Claimed, graded_retrieval
from sarvl.measures.links import LinkedPairs
from sarvl.measures.measure import Measure
from sarvl.measures.ranks import PairRanks, rank_pairs
from sarvl.measures.retrieval import RECALL_DEPTHS, retrieval_of_ranks
from sarvl.models.protocols import Embedder

TEXT_TO_IMAGE, IMAGE_TO_TEXT = "text_to_image", "image_to_text"
DIRECTIONS = {TEXT_TO_IMAGE: "text to image", IMAGE_TO_TEXT: "image to text"}
FAMILY_PREFIX, GRADED_PREFIX = "grouped_text_to_image_recall/", "graded_"


def runs(evaluated: EvaluatedModel, settings: None) -> list[TaskRun]:
    """Return the retrieval over all images, and that within each source where there are several.

    Raises EvaluationError where an image has no caption.
    """
    images = evaluated.images
    check_captions(images)
    places = {images.whole: np.arange(len(images.rows))}
    if len(images.sources) > 1:
        places |= {name: images.of_source(name) for name in images.sources}
    return [TaskRun(source, partial(outcome, evaluated, of_source)) for source, of_source in places.items()]


def check_captions(images: SplitImages) -> None:
    """Raise EvaluationError where one of the images has no caption."""
    corpus = images.corpus
    speechless = sum(not corpus.captions_of_image[row] for row in images.rows)
    if speechless:
        raise EvaluationError(
            f"{corpus.folder}: {speechless} of {len(images.rows)} images of split {images.split} have no "
            "caption to retrieve; choose sources that have captions"
        )


def outcome(evaluated: EvaluatedModel, places: NDArray[np.int64]) -> Outcome:
    """Return one row a caption row (``text_to_image``), then one an image (``image_to_text``), of some of the images.

    Beside the usual columns stand ``direction``, ``image``, ``text`` (the caption, empty for an image), ``family``,
    ``strict_rank`` and ``grouped_rank``, ``ndcg`` and ``ndcg_chance`` (NaN where no claim is known).
    The truth of an image is all its captions, one a line.
    """
    images, corpus = evaluated.images, evaluated.images.corpus
    rows_of_image = [corpus.captions_of_image[images.rows[place]] for place in places]
    row_of_pair = [row for rows in rows_of_image for row in rows]
    text_of_pair = [corpus.sentences[row] for row in row_of_pair]
    image_of_pair = np.repeat(np.arange(len(places)), [len(rows) for rows in rows_of_image])
    distinct = {text: index for index, text in enumerate(dict.fromkeys(text_of_pair))}
    index_of_pair = np.array([distinct[text] for text in text_of_pair], np.int64)
    image_features, text_features = evaluated.image_features[places], evaluated.text_features(list(distinct))
    ranks = rank_pairs(image_features, text_features, index_of_pair, image_of_pair)
    row_of_text = dict(zip(reversed(text_of_pair), reversed(row_of_pair), strict=True))  # the first of equal ones
    claims = claims_of_texts(corpus, [row_of_text[text] for text in distinct])
    graded = graded_retrieval(image_features, text_features, Claimed.of(claims, index_of_pair, image_of_pair))
    ids, groups = (np.array(values, object)[places] for values in (images.ids, images.groups))
    owners = ids[image_of_pair]
    names = [f"{name}#{number}" for name, rows in zip(ids, rows_of_image, strict=True) for number in range(len(rows))]
    captions = [[corpus.sentences[row] for row in rows] for rows in rows_of_image]
    families = corpus.texts.column("family").take(row_of_pair).to_pylist()
    nothing = [""] * len(ids)
    return Outcome.of(
        item=[*names, *(f"{name}#image" for name in ids)],
        group=[*groups[image_of_pair], *groups],
        truth=[*owners, *map("\n".join, captions)],
        prediction=[*ids[ranks.first_image.candidate], *np.array(list(distinct), object)[ranks.first_text.candidate]],
        score=np.concatenate([ranks.first_image.score, ranks.first_text.score]),
        direction=[TEXT_TO_IMAGE] * len(owners) + [IMAGE_TO_TEXT] * len(ids),
        image=[*owners, *ids],
        text=[*text_of_pair, *nothing],
        family=[*families, *nothing],
        strict_rank=np.concatenate([ranks.strict_text, ranks.strict_image]),
        grouped_rank=np.concatenate([ranks.grouped_text, ranks.grouped_image]),
        ndcg=np.concatenate([graded[0].ndcg[index_of_pair], graded[1].ndcg]),
        ndcg_chance=np.concatenate([graded[0].chance[index_of_pair], graded[1].chance]),
    )


def claims_of_texts(corpus: Corpus, rows: Sequence[int]) -> list[frozenset[str]]:
    """Return the claims of some texts, each as JSON that is equal for claims that say the same."""
    return [
        frozenset(json.dumps(claim, sort_keys=True) for claim in json.loads(claims))
        for claims in corpus.texts.column("claims").take(rows).to_pylist()
    ]


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
    result = retrieval_of_ranks(ranks, text_of_pair, image_of_pair)
    right_images = LinkedPairs.of(text_of_pair, image_of_pair).links_of_query()[text_of_pair]
    made = result.measures(images.column("group"))
    made += family_measures(texts, right_images, result.images)
    return [*made, *graded_measures(outcome)]


def family_measures(texts: Outcome, right: NDArray[np.int64], images: int) -> list[Measure]:
    """Return the grouped recall of the captions of each family, the mean over the depths; text to image.

    right: how many of the ``images`` each caption row is right for.
    """
    families, ranks, groups = (texts.column(name) for name in ("family", "grouped_rank", "group"))
    hits = np.mean([ranks <= k for k in RECALL_DEPTHS], axis=0)
    made = []
    for name in sorted(set(families)):
        at = families == name
        terms = np.column_stack((hits[at], np.ones(at.sum())))
        chance = float(np.mean([chance_recall(images, right[at], k) for k in RECALL_DEPTHS]))
        made.append(Measure.of(f"{FAMILY_PREFIX}{name}", terms, int(at.sum()), chance=chance, groups=groups[at]))
    return made


def graded_measures(outcome: Outcome) -> list[Measure]:
    """Return nDCG in both directions; none where no caption has a claim."""
    made = []
    for direction in DIRECTIONS:
        queries = outcome.where("direction", direction)
        ndcg, chance = queries.column("ndcg"), queries.column("ndcg_chance")
        known = np.isfinite(ndcg)
        if known.any():
            terms = np.column_stack((ndcg[known], np.ones(known.sum())))
            groups = queries.column("group")[known]
            name = f"{GRADED_PREFIX}{direction}_nDCG@{GRADED_DEPTH}"
            level = float(chance[known].mean())
            made.append(Measure.of(name, terms, int(known.sum()), chance=level, groups=groups))
    return made


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
WORST = 12


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return headlines, tables of strict and grouped recall, of families and of grades, and what was found last."""
    table = recall_table(rows)
    shown = [row.metric for row in rows if METRIC.fullmatch(row.metric)]
    shown += ["distinct_captions"] if shown else []
    parts = [row for row in rows if row.metric.startswith((FAMILY_PREFIX, GRADED_PREFIX))]
    shown += [row.metric for row in parts]
    blocks: list[Block] = [*tiles(rows, TILES), *table, *family_bars(rows), *graded_table(parts)]
    blocks += other_figures(rows, shown)
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


def family_bars(rows: Sequence[ResultRow]) -> list[Bars]:
    """Return the recall of the captions of each family; none where there is none."""
    aside = "grouped, text to image, mean of R@1, 5 and 10; the tick is chance"
    return share_bars("Recall by caption family", rows, FAMILY_PREFIX, aside)


def graded_table(rows: Sequence[ResultRow]) -> list[Table]:
    """Return nDCG in both directions; none where there is none."""
    graded = [row for row in rows if row.metric.startswith(GRADED_PREFIX)]
    lines = [(row.metric.removeprefix(GRADED_PREFIX).replace("_", " "), row) for row in graded]
    return share_table("Graded retrieval: an image is as relevant as the share of the caption's claims it has", lines)


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


TASK = Task("retrieval", "retrieval-3", Embedder, runs, measures, views, headlines=HEADLINES)
