"""Captioning: a caption an image, scored against those of the corpus, and by what it claims of the annotation."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarvl.annotations import AnnotatedImage
from sarvl.blocks import Block, Gallery, Picture, Shown
from sarvl.corpus.export.keys import flat_keys
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.lent_scores import BertSettings, caption_measure, in_tokens, lent_columns, lent_measures
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.row_blocks import other_figures, percent, share_table, tiles
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.imagery import ChosenImages
from sarvl.language import Group, read_claims, vocabulary_of
from sarvl.language.claims.checks import problem_with
from sarvl.language.claims.kinds.count import Count
from sarvl.language.geometry.layout import layout_of
from sarvl.language.words.lint import optical_words
from sarvl.language.words.optical_lexicon import COLOUR
from sarvl.measures.captions.bleu import bleu_of_terms, bleu_terms
from sarvl.measures.captions.cider import MOST, cider
from sarvl.measures.captions.referenced import ReferencedCaptions
from sarvl.measures.captions.rouge import rouge_l
from sarvl.measures.measure import Measure
from sarvl.measures.statistics import mean_of_ratios
from sarvl.models.decoding_settings import Decoding
from sarvl.models.protocols import Captioner
from sarvl.progress import note, progress

Terms = NDArray[np.float64]
_BATCH = 16
CONSTANTS = 20
"""The most frequent captions of the training split, of which the best is the baseline."""


class CaptioningSettings(BertSettings):
    """What can be set of captioning."""

    decoding: Decoding = Decoding()
    """How captions are generated; by default the likeliest token each time."""


class Read(NamedTuple):
    """What the reader of claims finds in a caption of an image, and what of the annotation the caption tells.

    claims, true: claims, and those that the annotation bears out. counts, counts_told: classes with their number, and
    those that a claim tells exactly. places, places_told: the same of classes with a cell of the grid.
    unread_share: of its words. colours: whether it has a colour word.
    """

    claims: int
    true: int
    counts: int
    counts_told: int
    places: int
    places_told: int
    unread_share: float
    colours: bool


def runs(evaluated: EvaluatedModel, settings: CaptioningSettings) -> list[TaskRun]:
    """Return the one run over all images; raises EvaluationError where one has no caption to be held against."""
    references = captions_of(evaluated.images)
    return [TaskRun(evaluated.images.whole, partial(outcome, evaluated, settings, references))]


def captions_of(images: SplitImages) -> list[list[str]]:
    """Return the captions of each image; raises EvaluationError where one has none."""
    corpus = images.corpus
    captions = [[corpus.sentences[text] for text in corpus.captions_of_image[row]] for row in images.rows]
    if speechless := sum(not own for own in captions):
        raise EvaluationError(
            f"{corpus.folder}: {speechless} of {len(captions)} images of split {images.split} have no caption to be "
            "held against; choose sources that have captions"
        )
    return captions


def outcome(evaluated: EvaluatedModel, settings: CaptioningSettings, references: Sequence[Sequence[str]]) -> Outcome:
    """Return one row an image (``outcome_of``); its score is the probability of the whole caption."""
    captioner, count = evaluated.able(Captioner, "task captions"), len(evaluated.images.rows)
    size = evaluated.batch_size or _BATCH
    captions, scores = [], []
    with progress("write captions", count, "images") as advance:
        for start in range(0, count, size):
            rows = np.arange(start, min(start + size, count))
            for said in captioner.caption(ChosenImages(evaluated.prepared_images, rows), settings.decoding):
                captions.append(said.text)
                scores.append(float(np.exp(said.log_probability)))
            advance(len(rows))
    return outcome_of(evaluated.images, list(range(count)), captions, scores, references, settings=settings)


def scores(predictions: Sequence[Prediction], images: SplitImages | None, settings: CaptioningSettings) -> Outcome:
    """Return one row a caption of others, held against the corpus; raises EvaluationError where it fits no image.

    Without a corpus, what the file itself holds as right is what a caption is held against, and nothing is known of the
    annotation.
    """
    said = [prediction.text for prediction in predictions]
    if images is None:
        return _outcome_of_file(predictions, said, settings)
    known = _places_by_name(images)
    places = [_place_of(prediction, known, images.split) for prediction in predictions]
    numbers = Counter(places)
    for prediction, place in zip(reversed(predictions), reversed(places), strict=True):
        if numbers[place] > 1:
            raise EvaluationError(f"{prediction.where}: its image has a caption already; give one an image")
    if left := len(images.rows) - len(places):
        note(f"captions: {left} of {len(images.rows)} images of split {images.split} have no caption in the file")
    every = captions_of(images)
    return outcome_of(images, places, said, [1.0] * len(said), [every[place] for place in places], settings=settings)


def outcome_of(
    images: SplitImages,
    places: Sequence[int],
    captions: Sequence[str],
    scores: Sequence[float],
    references: Sequence[Sequence[str]],
    *,
    settings: CaptioningSettings,
) -> Outcome:
    """Return one row a caption, with what was read of it and what the best constant captions reach.

    places: of the images of the captions, in the split. The truth is all captions of the image, one a line.
    """
    annotations = [images.corpus.image(int(images.rows[place])).annotation for place in places]
    read = [read_of(caption, image) for caption, image in zip(captions, annotations, strict=True)]
    constants = _best_constants(_training_captions(images), references, annotations)
    columns = {f"read_{name}": [getattr(own, name) for own in read] for name in Read._fields}
    for metric in CLAIM_MEASURES:
        if metric in constants:
            own = [read_of(constants[metric], image) for image in annotations]
            columns |= {f"constant_{metric}_{name}": [getattr(part, name) for part in own] for name in Read._fields}
    return Outcome.of(
        facts={"constants": constants, "images": len(images.rows)},
        item=[images.ids[place] for place in places],
        group=[images.groups[place] for place in places],
        truth=_on_lines(references),
        prediction=captions,
        score=scores,
        **columns,
        **lent_columns(captions, references, constants, settings),
    )


def _on_lines(references: Sequence[Sequence[str]]) -> list[str]:
    """Return the captions of each image, one a line: what is a line in one of them becomes a blank."""
    return ["\n".join(" ".join(text.splitlines()) for text in own) for own in references]


def read_of(caption: str, image: AnnotatedImage) -> Read:
    """Return what a caption claims, and how much of the annotation it tells."""
    layout, reading = layout_of(image), read_claims(caption, vocabulary_of(image))
    resting = [claim.resting_on(claim.evidence(image, layout)) for claim in reading.claims]
    true = [claim for claim in resting if problem_with(claim, image, layout) is None]
    told = {(claim.group.class_name, claim.number) for claim in true if isinstance(claim, Count) and _is_exact(claim)}
    counts = {(name, len(layout.ids(Group(name)))) for name in layout.by_class}
    places, placed = set(layout.occupied_cells), {group for claim in true for group in claim.groups()}
    return Read(
        len(resting),
        len(true),
        len(counts),
        len(counts & told),
        len(places),
        len(places & placed),
        reading.unread_share,
        any(word.why == COLOUR for word in optical_words(caption)),
    )


def _is_exact(claim: Count) -> bool:
    return claim.comparison == "exactly" and claim.group == Group(claim.group.class_name)


def _bleu(n: int, totals: Terms) -> Terms:
    return np.asarray(bleu_of_terms(totals)[..., n - 1])


def _mean(values: Terms) -> Terms:
    return np.column_stack((values, np.ones(len(values))))


class NgramMeasure(NamedTuple):
    """A score of words. terms: ``(N, F)``, one row a caption. statistic: of their sum. most: its largest value."""

    terms: Callable[[ReferencedCaptions], Terms]
    statistic: Callable[[Terms], Terms] = mean_of_ratios
    most: float = 1.0


NGRAM_MEASURES: Mapping[str, NgramMeasure] = {
    **{f"BLEU-{n}": NgramMeasure(bleu_terms, partial(_bleu, n)) for n in range(1, 5)},
    "ROUGE-L": NgramMeasure(lambda scored: _mean(rouge_l(scored))),
    "CIDEr": NgramMeasure(lambda scored: _mean(cider(scored).clipped), most=MOST),
    "CIDEr_plain": NgramMeasure(lambda scored: _mean(cider(scored).plain), most=MOST),
}
CLAIM_MEASURES = {
    "claim_precision": ("true", "claims"),
    "count_recall": ("counts_told", "counts"),
    "place_recall": ("places_told", "places"),
}
OTHER_MEASURES: Mapping[str, Callable[[Outcome], Terms]] = {
    "unread_share": lambda outcome: outcome.column("read_unread_share").astype(np.float64),
    "colour_word_rate": lambda outcome: outcome.column("read_colours").astype(np.float64),
    "silent_rate": lambda outcome: _is_silent(outcome).astype(np.float64),
}


def _is_silent(outcome: Outcome) -> NDArray[np.bool_]:
    """Return which captions claim nothing ``(N,)``: what could not be read may be a claim."""
    return np.asarray((outcome.column("read_claims") == 0) & (outcome.column("read_unread_share") == 0))


def _training_captions(images: SplitImages) -> list[str]:
    """Return the most frequent captions of the training split, equally frequent ones in the order of the alphabet."""
    corpus = images.corpus
    splits = corpus.column("split")
    texts = (
        corpus.sentences[text]
        for row, own in enumerate(corpus.captions_of_image)
        if splits[row] == "train"
        for text in own
    )
    counted = sorted(Counter(texts).items(), key=lambda pair: (-pair[1], pair[0]))
    if not counted:
        note(f"{corpus.folder}: no caption in split train, so that nothing is known of a constant caption")
    return [text for text, _ in counted[:CONSTANTS]]


def _best_constants(
    candidates: Sequence[str], references: Sequence[Sequence[str]], annotations: Sequence[AnnotatedImage]
) -> dict[str, str]:
    """Return, for each measure, the candidate that reaches the most where it is said of every image."""
    if not candidates:
        return {}
    reached: dict[str, list[float]] = {}
    for text in candidates:
        scored = in_tokens([text] * len(references), references)
        for name, measure in NGRAM_MEASURES.items():
            reached.setdefault(name, []).append(float(measure.statistic(measure.terms(scored).sum(axis=0))))
        sums = np.sum([read_of(text, image)[:6] for image in annotations], axis=0)
        totals = dict(zip(Read._fields, sums.tolist(), strict=False))
        for name, (part, whole) in CLAIM_MEASURES.items():
            reached.setdefault(name, []).append(totals[part] / totals[whole] if totals[whole] else 0.0)
    return {name: candidates[int(np.argmax(values))] for name, values in reached.items()}


def measures(outcome: Outcome) -> list[Measure]:
    """Return the scores of words, then those of claims, each with that of the best constant caption behind it."""
    references = [str(truth).split("\n") for truth in outcome.column("truth")]
    constants: dict[str, str] = outcome.facts["constants"]
    made = []
    for name, measure in NGRAM_MEASURES.items():
        said = {name: list(outcome.column("prediction"))}
        if name in constants:
            said[f"constant/{name}"] = [constants[name]] * len(references)
        for metric, captions in said.items():
            terms = measure.terms(in_tokens(captions, references))
            made.append(caption_measure(outcome, metric, terms, measure.statistic, measure.most))
    made += lent_measures(outcome) + _claim_measures(outcome)
    if images := outcome.facts.get("images"):
        made.append(Measure("captioned_share", len(outcome) / images, images))
    return made


def _claim_measures(outcome: Outcome) -> list[Measure]:
    """Return shares of claims and facts, where there are any, then of words and of captions."""
    made = []
    for name, parts in CLAIM_MEASURES.items():
        for metric, prefix in ((name, "read"), (f"constant/{name}", f"constant_{name}")):
            columns = [f"{prefix}_{part}" for part in parts]
            if set(columns) <= set(outcome.table.column_names):
                terms = np.column_stack([outcome.column(column).astype(np.float64) for column in columns])
                if terms[:, 1].any():
                    made.append(caption_measure(outcome, metric, terms))
    if "read_claims" in outcome.table.column_names:
        made += [caption_measure(outcome, metric, _mean(values(outcome))) for metric, values in OTHER_MEASURES.items()]
    return made


def _outcome_of_file(
    predictions: Sequence[Prediction], captions: Sequence[str], settings: CaptioningSettings
) -> Outcome:
    for prediction in predictions:
        if not prediction.truths:
            raise EvaluationError(f"{prediction.where}: no reference; give the corpus that it is of (--corpus)")
    references = [list(prediction.truths) for prediction in predictions]
    numbers = Counter(prediction.image for prediction in predictions)
    if twice := next((prediction for prediction in predictions if numbers[prediction.image] > 1), None):
        raise EvaluationError(f"{twice.where}: {twice.image} has several captions; give one an image")
    return Outcome.of(
        facts={"constants": {}},
        item=[prediction.image for prediction in predictions],
        group=[prediction.image for prediction in predictions],
        truth=_on_lines(references),
        prediction=captions,
        score=[1.0] * len(captions),
        **lent_columns(captions, references, {}, settings),
    )


def _places_by_name(images: SplitImages) -> dict[str, list[int]]:
    """Return the images of a split by all that they may be called: path, id, file, its name, key in an export."""
    files, paths = images.corpus.column("file"), images.corpus.paths
    keys = flat_keys(images.corpus.column("image_id"))
    known: dict[str, list[int]] = {}
    for place, row in enumerate(images.rows):
        path = PurePath(files[row])
        for name in dict.fromkeys((str(paths[row]), images.ids[place], files[row], path.name, path.stem, keys[row])):
            known.setdefault(name, []).append(place)
    return known


def _place_of(prediction: Prediction, known: Mapping[str, list[int]], split: str) -> int:
    """Return the one image that a prediction names: by its whole path, else by as much of its end as is known."""
    path = PurePath(prediction.image.replace("\\", "/"))
    ends = ["/".join(path.parts[start:]) for start in range(len(path.parts))]
    places = next((known[name] for name in (prediction.image, str(path), *ends, path.stem) if name in known), [])
    if len(places) != 1:
        raise EvaluationError(
            f"{prediction.where}: {len(places) or 'no'} images of split {split} are called {prediction.image}; "
            "give the corpus and the split that were described"
        )
    return places[0]


HEADLINES = {"CIDEr": "Captions, CIDEr,"}
TILES = {"claim_precision": "Captions, claims that are true", "count_recall": "Captions, counts that are told"}
LABELS = {
    "claim_precision": "claims that are true",
    "count_recall": "(class, count) facts that are told",
    "place_recall": "(class, place) facts that are told",
    "unread_share": "words that could not be read",
    "colour_word_rate": "captions with a colour word",
    "silent_rate": "captions that claim nothing",
    "captioned_share": "images of the split that have a caption",
}
WORST = 12


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return what is claimed beside the best constant caption, the scores of words, and captions that claim wrongly."""
    labels = {**LABELS, **{f"constant/{name}": f"{label}: best constant" for name, label in LABELS.items()}}
    lines = [(labels[row.metric], row) for row in rows if row.metric in labels]
    blocks: list[Block] = [*tiles(rows, TILES), *share_table("Captions", lines), *other_figures(rows, labels)]
    return [*blocks, *wrong_captions(outcome)] if outcome else blocks


def wrong_captions(outcome: Outcome) -> list[Gallery]:
    """Return the captions with the most claims that the annotation does not bear out; none where all are true."""
    if "read_claims" not in outcome.table.column_names:
        return []
    wrong = outcome.column("read_claims") - outcome.column("read_true")
    worst = [int(row) for row in np.argsort(-wrong, kind="stable")[:WORST] if wrong[row]]
    pictures = [_wrong(outcome, row) for row in worst]
    return [Gallery("Captions with wrong claims", pictures, "The most wrong claims first.")] if pictures else []


def _wrong(outcome: Outcome, row: int) -> Picture:
    item, claims, true = (outcome.column(name)[row] for name in ("item", "read_claims", "read_true"))
    first = str(outcome.column("truth")[row]).split("\n", maxsplit=1)[0]
    lines = (f"true claims: {true} of {claims} ({percent(true / claims)} %)", f"one of its captions: “{first}”", item)
    return Picture(f"“{outcome.column('prediction')[row]}”", (Shown(item),), lines)


TASK = Task(
    name="captions",
    protocol="captions-1",
    needs=Captioner,
    runs=runs,
    measures=measures,
    views=views,
    settings=CaptioningSettings,
    headlines=HEADLINES,
    scores=scores,
    asking=frozenset({"decoding"}),
)
