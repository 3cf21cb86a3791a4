"""METEOR's alignment: which words and phrases of a caption and of a reference are matched, and how."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

from sarvl.measures.captions.meteor_data import MeteorData, Synsets

EXACT, STEM, SYNONYM, PARAPHRASE = range(4)
STAGE_WEIGHTS = (1.0, 0.6, 0.8, 0.6)
BEAM = 40
LONGEST_PHRASE = 7


class Match(NamedTuple):
    """Words of a reference from ``start`` on that are matched with words of a caption from ``place`` on."""

    start: int
    length: int
    place: int
    width: int
    stage: int

    @property
    def counted(self) -> int:
        """How many words it counts for when alignments are compared: half of each side's, cut, if not exact.

        That is what version 1.5 does, whatever the weights of the stages in the score.
        """
        return self.length + self.width if self.stage == EXACT else self.length // 2 + self.width // 2

    @property
    def distance(self) -> int:
        """How many words farther on it stands in the one than in the other."""
        return abs(self.start - self.place)

    @property
    def reference_bits(self) -> int:
        """The words of the reference, as bits."""
        return ((1 << self.length) - 1) << self.start

    @property
    def caption_bits(self) -> int:
        """The words of the caption, as bits."""
        return ((1 << self.width) - 1) << self.place


@dataclass(frozen=True)
class Lexicon:
    """What is known of the words of some captions. paraphrases: of each phrase, joined by blanks, its paraphrases."""

    data: MeteorData
    paraphrases: Mapping[str, Sequence[str]]
    stem: Callable[[str], str] = field(init=False)
    synonyms: Callable[[str], Synsets] = field(init=False)

    def __post_init__(self) -> None:
        """Remember what was looked up."""
        object.__setattr__(self, "stem", lru_cache(None)(snowballstemmer.stemmer("english").stemWord))
        object.__setattr__(self, "synonyms", lru_cache(None)(self.data.synonyms))


class _Path(NamedTuple):
    """A part of an alignment, up to some word of the reference. The best path is the smallest by ``order``."""

    counted: int
    chunks: int
    distance: int
    caption_used: int
    reference_used: int
    next_word: int
    last_end: int
    matches: tuple[Match, ...]

    def order(self) -> tuple[int, int, int]:
        return -self.counted, self.chunks, self.distance


class Aligned(NamedTuple):
    """The matches of a caption with a reference, and in how many chunks of words in order they stand."""

    matches: tuple[Match, ...]
    chunks: int


def align(caption: Sequence[str], reference: Sequence[str], lexicon: Lexicon) -> Aligned:
    """Return the alignment that covers the most words, then has the fewest chunks, then the shortest distances.

    It is searched with a beam of 40 paths, from left to right in the reference; matches that compete with no other are
    taken before. Source: Denkowski and Lavie, Meteor Universal, WMT 2014, and what version 1.5 does; of paths that are
    equally good, it keeps the one that it came upon first, so that the order of the matches is its order as well.
    """
    matches: list[list[Match]] = [[] for _ in reference]
    for match in _all_matches(caption, reference, lexicon):
        matches[match.start].append(match)
    fixed = _without_competitors(matches)
    caption_used = sum(match.caption_bits for match in fixed.values())
    reference_used = sum(match.reference_bits for match in fixed.values())
    paths = [_Path(0, 0, 0, caption_used, reference_used, 0, -1, ())]
    for word in range(len(reference)):
        paths = sorted(paths, key=_Path.order)[:BEAM]
        paths = [longer for path in paths for longer in _longer(path, word, matches[word], fixed.get(word))]
    ended = [path._replace(chunks=path.chunks + (path.last_end >= 0)) for path in sorted(paths, key=_Path.order)[:BEAM]]
    best = min(ended, key=_Path.order)
    return Aligned(best.matches, best.chunks)


def _longer(path: _Path, word: int, matches: Sequence[Match], fixed: Match | None) -> Iterator[_Path]:
    """Yield the paths that go on from one at a word of the reference.

    Of matches that compete, version 1.5 adds the distance not to the path that takes one but to those that take a later
    one, or none.
    """
    if path.reference_used >> word & 1:
        if word < path.next_word:
            yield path
        elif fixed:
            yield _with(path, fixed)._replace(distance=path.distance + fixed.distance)
        return
    for match in matches:
        if not (path.caption_used & match.caption_bits or path.reference_used & match.reference_bits):
            yield _with(path, match)
            path = path._replace(distance=path.distance + match.distance)
    yield path._replace(chunks=path.chunks + (path.last_end >= 0), last_end=-1, next_word=word + 1)


def _with(path: _Path, match: Match) -> _Path:
    """Return a path with a match more, but not with its distance."""
    breaks = path.last_end >= 0 and match.place != path.last_end
    return path._replace(
        counted=path.counted + match.counted,
        chunks=path.chunks + breaks,
        caption_used=path.caption_used | match.caption_bits,
        reference_used=path.reference_used | match.reference_bits,
        next_word=match.start + match.length,
        last_end=match.place + match.width,
        matches=(*path.matches, match),
    )


def _without_competitors(matches: Sequence[Sequence[Match]]) -> dict[int, Match]:
    """Return, by its first word of the reference, each match whose words no other match has."""
    caption_once = caption_twice = reference_once = reference_twice = 0
    for match in (match for own in matches for match in own):
        caption_twice |= caption_once & match.caption_bits
        caption_once |= match.caption_bits
        reference_twice |= reference_once & match.reference_bits
        reference_once |= match.reference_bits
    return {
        own[0].start: own[0]
        for own in matches
        if len(own) == 1 and not (own[0].caption_bits & caption_twice or own[0].reference_bits & reference_twice)
    }


def _all_matches(caption: Sequence[str], reference: Sequence[str], lexicon: Lexicon) -> Iterator[Match]:
    """Yield the matches stage by stage; of equal texts the exact ones alone."""
    singles = [
        Match(start, 1, place, 1, stage)
        for start, word in enumerate(reference)
        for place, own in enumerate(caption)
        for stage in _stages_of_words(own, word, lexicon)
    ]
    if list(caption) == list(reference):
        yield from (match for match in singles if match.stage == EXACT)
        return
    yield from sorted(singles, key=lambda match: match.stage)
    for start, length, place, width in _paraphrased(reference, caption, lexicon):
        yield Match(start, length, place, width, PARAPHRASE)
    for place, width, start, length in _paraphrased(caption, reference, lexicon):
        yield Match(start, length, place, width, PARAPHRASE)


def _stages_of_words(own: str, word: str, lexicon: Lexicon) -> Iterator[int]:
    """Yield how two words match: equal ones exactly alone, others by stem, as synonyms, or both."""
    if own == word:
        yield EXACT
        return
    if lexicon.stem(own) == lexicon.stem(word):
        yield STEM
    if not lexicon.synonyms(own).isdisjoint(lexicon.synonyms(word)):
        yield SYNONYM


def _paraphrased(words: Sequence[str], others: Sequence[str], lexicon: Lexicon) -> Iterator[tuple[int, int, int, int]]:
    """Yield the place and the length of each phrase that has a paraphrase in the other text, and the same of that."""
    places = _places(others)
    for start, length in _spans(words):
        for same in lexicon.paraphrases.get(" ".join(words[start : start + length]), ()):
            for place, width in places.get(same, ()):
                yield start, length, place, width


def _places(words: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
    """Return where each phrase stands: its first word, and how many it has."""
    places: dict[str, list[tuple[int, int]]] = {}
    for start, length in _spans(words):
        places.setdefault(" ".join(words[start : start + length]), []).append((start, length))
    return places


def _spans(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the first word and the length of every phrase."""
    for start in range(len(words)):
        for length in range(1, min(LONGEST_PHRASE, len(words) - start) + 1):
            yield start, length


def phrases_of(words: Sequence[str]) -> set[str]:
    """Return all phrases of a text, joined by blanks."""
    return set(_places(words))
