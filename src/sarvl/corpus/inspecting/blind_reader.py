"""The blind reader: how well the questions of a corpus are answered by one who reads them and never sees an image.

It is trained and scored on the questions of one kind at a time, in five folds of images (of scenes, where these are
known). It knows the words of the question, numbers of a box by their size too, and of choices also their place, the
rank of a number among them, and how much each shares with the others. What it scores above chance, the question gives
away.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array

from sarvl.corpus.store import Corpus

FOLDS = 5
LEAST_QUESTIONS = 20  # of a kind; fewer tell nothing
MOST_QUESTIONS = 2000  # of a kind, drawn from the corpus's seed: the score is known to a point or so
_MOST_ANSWERS = 20  # that an open question may have; the rarer ones are never guessed
_LONGEST_ANSWER = 4  # words
_STEPS = 40
_REGION = re.compile(r"\[(\d+), (\d+), (\d+), (\d+)\]")
_WORD = re.compile(r"[^\W_]+")


class BlindScore(NamedTuple):
    """What the blind reader makes of one kind of questions, in shares of the ``questions`` that are scored.

    kind: the family; "with choices" where it is multiple choice. chance: of guessing. majority: by the answer that is
    most frequent. words: by the words of the question and of its choices.
    """

    kind: str
    questions: int
    chance: float
    majority: float
    words: float


class _Question(NamedTuple):
    words: frozenset[str]
    options: tuple[str, ...]
    answer: str
    group: str


class _Pairs(NamedTuple):
    """Pairs of a question and one of its options. features: (P, F). question: (P,). is_right: (P,)."""

    features: csr_array
    question: NDArray[np.int64]
    is_right: NDArray[np.bool_]


def blind_scores(corpus: Corpus) -> list[BlindScore]:
    """Return the score of each kind of which there are questions enough, from two images or scenes or more.

    Boxes and sentences are left out: nobody guesses one. The score depends on the corpus alone.
    """
    rng = np.random.default_rng([corpus.seed, len(corpus.texts)])
    scores = []
    for kind, rows in sorted(_rows_by_kind(corpus.texts).items()):
        drawn = np.sort(rng.permutation(rows)[:MOST_QUESTIONS])
        questions = _with_options(list(_questions(corpus, drawn)))
        if len(questions) >= LEAST_QUESTIONS and len({question.group for question in questions}) > 1:
            scores.append(_score(kind, questions, rng))
    return scores


def _rows_by_kind(texts: pa.Table) -> dict[str, NDArray[np.int64]]:
    rows = np.flatnonzero(pc.equal(texts["kind"], "question").to_numpy())
    asked = texts.select(["family", "options", "answer", "answer_type"]).take(rows).to_pylist()
    by_kind: dict[str, list[int]] = defaultdict(list)
    for row, question in zip(rows.tolist(), asked, strict=True):
        name = f"{question['family']}, with choices" if question["options"] else question["family"]
        if question["options"] or _is_short(question["answer"], question["answer_type"]):
            by_kind[name].append(row)
    return {kind: np.array(own) for kind, own in by_kind.items()}


def _is_short(answer: str, answer_type: str | None) -> bool:
    """Tell whether an answer is no box and no sentence."""
    return answer_type != "box" and (answer_type != "text" or len(answer.split()) <= _LONGEST_ANSWER)


def _questions(corpus: Corpus, rows: NDArray[np.int64]) -> Iterator[_Question]:
    images = corpus.image_of_text[rows]
    groups = corpus.images.select(["image_id", "group"]).take(images).to_pylist()
    texts = corpus.texts.select(["text", "options", "answer"]).take(rows).to_pylist()
    for text, image in zip(texts, groups, strict=True):
        options = tuple(_plain(option) for option in text["options"])
        group = image["group"] or image["image_id"]
        yield _Question(_words(text["text"].split("\n")[0]), options, _plain(text["answer"]), group)


def _plain(answer: str) -> str:
    return answer.strip().lower().rstrip(".")


def _words(text: str) -> frozenset[str]:
    """Return the words of a question; of a box also how large its numbers are, in half octaves."""
    words = {word.lower() for word in _WORD.findall(text)}
    for region in _REGION.findall(text):
        sizes = [round(2 * np.log2(int(number) + 1)) for number in region]
        words |= {f"{name} {size}" for name, size in zip("xywh", sizes, strict=True)}
    return frozenset(words)


def _with_options(questions: list[_Question]) -> list[_Question]:
    """Return the questions with the most frequent answers as the options of those that are open."""
    counts = Counter(question.answer for question in questions)
    answers = tuple(sorted(counts, key=lambda answer: (-counts[answer], answer)))[:_MOST_ANSWERS]
    answers = ("yes", "no") if set(answers) <= {"yes", "no"} else answers
    return [question if question.options else question._replace(options=answers) for question in questions]


def _score(kind: str, questions: Sequence[_Question], rng: np.random.Generator) -> BlindScore:
    groups = sorted({question.group for question in questions})
    fold_of = dict(zip(groups, (rng.permutation(len(groups)) % FOLDS).tolist(), strict=True))
    folds = np.array([fold_of[question.group] for question in questions])  # (Q,)
    pairs = _pairs_of(questions)
    by_majority, by_words = np.zeros(len(questions)), np.zeros(len(questions))
    for fold in np.unique(folds):
        scored = folds == fold
        by_majority[scored] = _majority_is_right(questions, ~scored)[scored]
        by_words[scored] = _best_is_right(pairs, _learnt(pairs, ~scored), len(questions))[scored]
    chance = np.mean([1 / len(question.options) for question in questions])
    return BlindScore(kind, len(questions), float(chance), float(by_majority.mean()), float(by_words.mean()))


def _majority_is_right(questions: Sequence[_Question], is_seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return, of each question, whether that of its options is right which was most often right among those seen."""
    seen = Counter(question.answer for question, was_seen in zip(questions, is_seen, strict=True) if was_seen)
    return np.array([max(question.options, key=seen.__getitem__) == question.answer for question in questions])


def _pairs_of(questions: Sequence[_Question]) -> _Pairs:
    column_of: dict[str, int] = {}
    columns: list[int] = []
    ends, owners, is_right = [0], [], []
    for number, question in enumerate(questions):
        for option, features in zip(question.options, _features(question), strict=True):
            columns += [column_of.setdefault(feature, len(column_of)) for feature in features]
            ends.append(len(columns))
            owners.append(number)
            is_right.append(option == question.answer)
    counts = csr_array((np.ones(len(columns)), np.array(columns), np.array(ends)), (len(owners), len(column_of)))
    return _Pairs(counts, np.array(owners), np.array(is_right))


def _features(question: _Question) -> Iterator[list[str]]:
    """Yield what is known of each option: itself, its words, each word of the question with it, and its ranks."""
    options = question.options
    parts = [frozenset(_WORD.findall(option)) for option in options]
    alike = [sum(len(own & other) for other in parts) - len(own) for own in parts]
    is_number = all(option.isdigit() for option in options)
    for place, option in enumerate(options):
        features = [option, *(f"has {word}" for word in sorted(parts[place]))]
        features += [f"{word} -> {option}" for word in sorted(question.words)]
        features += [f"place {place}", f"length {_rank(list(map(len, parts)), place)}", f"alike {_rank(alike, place)}"]
        if is_number:
            features.append(f"rank {_rank(list(map(int, options)), place)} of {len(options)}")
        yield features


def _rank(values: Sequence[int], place: int) -> str:
    """Return how many values are smaller, and how many are larger."""
    return f"{sum(value < values[place] for value in values)}:{sum(value > values[place] for value in values)}"


def _learnt(pairs: _Pairs, is_seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the weights (F,) of a conditional logistic regression on the questions seen, with a unit prior."""
    answered = np.zeros(len(is_seen), bool)
    answered[pairs.question[pairs.is_right]] = True
    chosen = (is_seen & answered)[pairs.question]  # (P,)
    features, right = pairs.features[chosen], pairs.is_right[chosen].astype(np.float64)
    _, question = np.unique(pairs.question[chosen], return_inverse=True)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = features @ weights
        shares = np.exp(scores - scores.max(initial=0))
        shares /= np.bincount(question, shares)[question]
        gradient = features.T @ (shares - right) + weights
        return float(-np.log(shares[right > 0]).sum() + weights @ weights / 2), gradient

    start = np.zeros(features.shape[1])
    if not len(right):
        return start
    learnt: NDArray[np.float64] = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    return learnt


def _best_is_right(pairs: _Pairs, weights: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return whether the best option of each question is right, (Q,); its share where several are best."""
    scores = np.round(pairs.features @ weights, 9)
    best = np.full(count, -np.inf)
    np.maximum.at(best, pairs.question, scores)
    is_best = scores == best[pairs.question]
    hits = np.bincount(pairs.question, is_best & pairs.is_right, minlength=count)
    return np.asarray(hits / np.bincount(pairs.question, is_best, minlength=count))
