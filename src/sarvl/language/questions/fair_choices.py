"""Fair choices: wrong answers drawn so that one who knows all answers of a source cannot tell which choice is right.

The answers of a source stand on a circle, in random order, each on an arc as long as it is frequent. The right answer
is a random point of its arc, and the choices are what stands there and at equal steps around. Whichever of them is
right, the same choices come out equally often. An arc longer than a step would be a choice twice: of an answer that is
too frequent, only so many questions get choices as make its arc a step long.
"""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate, combinations
from random import Random

from sarvl.language.captions.scene import shuffled
from sarvl.language.questions.choices import MOST_OPTIONS, are_exclusive
from sarvl.language.questions.query import Query
from sarvl.language.questions.question_kind import kinds_in_order
from sarvl.language.questions.question_scene import QuestionScene

_LEAST_SHARE = 0.5  # of the questions that keep their choices; there are fewer choices rather than fewer such questions


def fair_options(
    query: Query, answer: str, counts: Mapping[str, int], scene: QuestionScene, rng: Random
) -> tuple[str, ...]:
    """Return two to four choices in random order; empty where the question had better be asked without.

    counts: how often each answer is given to such a question. No two choices can both be right.
    """
    counts = _exclusive(query, counts, scene, rng)
    options, longest = arcs_of(counts)
    arc = min(counts.get(answer, 0), longest)
    if not arc or rng.random() * counts[answer] >= arc:
        return ()
    # Drawn once: to draw again where two choices could both be right would favour answers of which that is seldom so.
    chosen = _around_the_circle(answer, counts, options, longest, rng)
    is_fair = all(are_exclusive(query, first, second, scene) for first, second in combinations(chosen, 2))
    return tuple(shuffled(rng, chosen)) if is_fair else ()


def _exclusive(query: Query, counts: Mapping[str, int], scene: QuestionScene, rng: Random) -> Mapping[str, int]:
    """Return as many answers, in random order, as none can be right beside another, such as a tank that is a vehicle.

    Which is the right one plays no part. All of them where it is told of two answers, not of a class, whether they can.
    """
    kind = kinds_in_order()[query.kind]
    if kind.excludes or kind.wrong_answers is None:
        return counts
    kept: dict[str, int] = {}
    for answer in shuffled(rng, sorted(counts)):
        if kept.keys() <= set(kind.wrong_answers(query, answer, scene)):
            kept[answer] = counts[answer]
    return kept


def arcs_of(counts: Mapping[str, int]) -> tuple[int, float]:
    """Return how many choices there are, and the longest arc, in questions; 0 and 0.0 where there is one answer."""
    ordered = sorted(counts.values(), reverse=True)
    for options in range(min(MOST_OPTIONS, len(ordered)), 1, -1):
        longest = min(_longest_arc(ordered, options), ordered[0])
        if options == 2 or sum(min(count, longest) for count in ordered) >= _LEAST_SHARE * sum(ordered):
            return options, longest
    return 0, 0.0


def _longest_arc(ordered: list[int], options: int) -> float:
    """Return how long an arc may be so that it is no longer than a step; ``ordered``: as they are, longest first."""
    # With the longest ``cut`` arcs cut to x, a step is (cut * x + rest) / options: x where x = rest / (options - cut).
    lengths = (sum(ordered[cut:]) / (options - cut) for cut in range(options))
    return next(longest for cut, longest in enumerate(lengths) if ordered[cut] <= longest)


def _around_the_circle(answer: str, counts: Mapping[str, int], options: int, longest: float, rng: Random) -> list[str]:
    names = shuffled(rng, sorted(counts))
    ends = list(accumulate(min(counts[name], longest) for name in names))
    place = names.index(answer)
    start = ends[place - 1] if place else 0.0
    point = start + rng.random() * (ends[place] - start)
    steps = [(point + step * ends[-1] / options) % ends[-1] for step in range(options)]
    return list(dict.fromkeys([answer, *(names[min(bisect_right(ends, step), len(names) - 1)] for step in steps)]))
