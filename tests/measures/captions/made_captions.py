"""Captions of our own with references, drawn from a seed: what the recorded scores of the peers are of."""

import random

NOUNS = "ship ships vessel vessels boat boats harbour harbor port bridge bridges tank tanks car cars airplane planes"
VERBS = "is are lies lie docked parked moored anchored floating seen built"
PLACES = "in at near by on off beside along around"
OTHERS = "the a an two 2 three many some several small large big huge long white dark water sea river grass field"


def made_captions(count: int, seed: int) -> tuple[list[str], list[list[str]]]:
    """Return captions, and one to five references of each; some share much with theirs, some nothing."""
    draw = random.Random(seed)
    references = [[_sentence(draw) for _ in range(draw.randint(1, 5))] for _ in range(count)]
    captions = [_changed(draw, draw.choice(own)) for own in references]
    captions[:3] = ["", references[1][0], "ship ship ship ship"]
    return captions, references


def _sentence(draw: random.Random) -> str:
    kinds = [OTHERS, OTHERS, NOUNS, VERBS, PLACES, OTHERS, OTHERS, NOUNS] * 2
    return " ".join(draw.choice(kind.split()) for kind in kinds[: draw.randint(3, 16)])


def _changed(draw: random.Random, text: str) -> str:
    words = text.split()
    for _ in range(draw.randint(0, 6)):
        place = draw.randrange(len(words))
        change = draw.randrange(3)
        if change == 0:
            words[place] = draw.choice(f"{NOUNS} {OTHERS}".split())
        elif change == 1:
            words.insert(place, words[draw.randrange(len(words))])
        elif len(words) > 2:
            words.append(words.pop(place))
    return " ".join(words)
