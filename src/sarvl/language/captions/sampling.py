"""Balanced sampling: which families speak of an image, so that texts differ, families balance, and few are long."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from operator import itemgetter
from random import Random

from sarvl.errors import LanguageError
from sarvl.language.captions.family import CaptionFamily, families_in_order
from sarvl.language.captions.scene import Scene
from sarvl.language.statement import Statement

LONG_TEXT_WORDS = 20  # at most half of an image's captions are longer, where the annotation allows
MOST_TEXT_WORDS = 50  # CLIP's text towers take 77 tokens; a longer sentence would be cut and claim less than it says
_MOST_ROUNDS = 12  # over the families; then all that the annotation allows has very likely been said

Writer = Callable[[Scene, Random], Statement | None]


def sample_statements(scene: Scene, families: tuple[str, ...], wanted: int, rng: Random) -> list[Statement]:
    """Return up to ``wanted`` statements with texts that all differ, from as many of ``families`` as support the scene.

    Fewer come back only where no new text turns up in twelve rounds over the families. None has more words than
    ``MOST_TEXT_WORDS``. Raises LanguageError where a text is not of the family that wrote it.
    """
    by_text: dict[str, Statement] = {}
    spare: dict[str, Statement] = {}  # long ones beyond their half
    long_texts_left = wanted // 2
    for statement in _candidates(scene, families, rng):
        if len(by_text) >= wanted:
            break
        text = statement.text
        words = text.count(" ") + 1
        if words > MOST_TEXT_WORDS:
            continue
        is_long = words > LONG_TEXT_WORDS
        if is_long and not long_texts_left and text not in by_text:
            spare[text] = statement
        elif text not in by_text:
            by_text[text] = statement
            long_texts_left -= is_long
    return [*by_text.values(), *spare.values()][:wanted]


def _candidates(scene: Scene, families: tuple[str, ...], rng: Random) -> Iterator[Statement]:
    """Yield statements round after round: each family in turn, in a random order that its weight brings forward."""
    speaking = _in_random_order(scene, families, rng)
    for _ in range(_MOST_ROUNDS):
        spoken = []
        for name, write in speaking:
            statement = write(scene, rng)
            if statement is None:
                continue
            if statement.family != name:
                raise LanguageError(
                    f"a text of caption family {name} calls itself {statement.family}; give it that name"
                )
            spoken.append((name, write))
            yield statement
        speaking = spoken


def _in_random_order(scene: Scene, families: tuple[str, ...], rng: Random) -> list[tuple[str, Writer]]:
    # A key u ** (1 / weight) draws without replacement by weight (Efraimidis and Spirakis 2006).
    keys = [
        (rng.random() ** exponent, name, family.write)
        for name, family, exponent in _drawn(families)
        if family.has_evidence is None or family.has_evidence(scene)
    ]
    return [(name, write) for _, name, write in sorted(keys, key=itemgetter(0), reverse=True)]


@lru_cache(maxsize=64)
def _drawn(families: tuple[str, ...]) -> list[tuple[str, CaptionFamily, float]]:
    known = families_in_order()
    return [(name, known[name], 1 / known[name].weight) for name in families]
