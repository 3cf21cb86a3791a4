"""What METEOR knows of English: read from the files of an installed pycocoevalcap; nothing of it comes with sarvl."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from sarvl.errors import EvaluationError, unreadable

Synsets = frozenset[str]
_NONE: Synsets = frozenset()
_SUFFIXES = (
    *(
        ("s", ""),
        ("ses", "s"),
        ("xes", "x"),
        ("zes", "z"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("men", "man"),
        ("ies", "y"),
    ),
    *(("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")),
    *(("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
)
_CHUNK = 2**22


@dataclass(frozen=True)
class MeteorData:
    """Words of English. folder: that of METEOR in pycocoevalcap, where the paraphrases lie.

    synsets: of each word, the sets of synonyms that it is in. bases: of an irregular form, its base forms.
    function_words: such as "the". prefixes: abbreviations whose full stop stays; true where only before a number.
    """

    folder: Path
    synsets: Mapping[str, Synsets]
    bases: Mapping[str, tuple[str, ...]]
    function_words: frozenset[str]
    prefixes: Mapping[str, bool]

    def synonyms(self, word: str) -> Synsets:
        """Return the sets of synonyms that a word, or its base form, is in."""
        return self.synsets.get(word, _NONE) | self._of_base(word)

    def _of_base(self, word: str) -> Synsets:
        """Return the sets of the base form: an irregular one, else the first that a known suffix leaves."""
        if word in self.bases:
            return _NONE.union(*(self.synsets.get(base, _NONE) for base in self.bases[word]))
        if len(word) <= 2 or word.endswith("ss"):
            return self.synsets.get(word, _NONE)
        stems = (word[: -len(end)] + added for end, added in _SUFFIXES if word.endswith(end))
        return next((self.synsets[stem] for stem in stems if stem in self.synsets), _NONE)

    def paraphrases(self, phrases: frozenset[str]) -> dict[str, list[str]]:
        """Return, of phrases, those that are paraphrases of each among them."""
        wanted = {phrase.encode() for phrase in phrases}
        known: dict[str, list[str]] = {}
        for first, second in _phrase_pairs(self.folder / "data" / "paraphrase-en.gz"):
            if first in wanted and second in wanted:
                known.setdefault(first.decode(), []).append(second.decode())
        return known


@cache
def meteor_data() -> MeteorData:
    """Return what the installed pycocoevalcap holds; raises EvaluationError where it is not installed, or damaged."""
    spec = find_spec("pycocoevalcap")
    if spec is None or not spec.submodule_search_locations:
        raise EvaluationError(
            "METEOR: pycocoevalcap, whose data it needs, is not installed; pip install 'sarvl[captions]'"
        )
    folder = Path(spec.submodule_search_locations[0]) / "meteor"
    jar = folder / "meteor-1.5.jar"
    try:
        with ZipFile(jar) as held:
            synsets, exceptions, words, prefixes = (
                held.read(f"{name}").decode()
                for name in (
                    "synonym/english.synsets",
                    "synonym/english.exceptions",
                    "function/english.words",
                    "nonbreaking/english.prefixes",
                )
            )
    except (OSError, KeyError, BadZipFile, UnicodeDecodeError) as problem:
        raise EvaluationError(unreadable(jar, problem, "install pycocoevalcap again")) from problem
    return MeteorData(
        folder,
        {word: frozenset(told.split()) for word, told in _by_two(synsets)},
        _bases(exceptions),
        frozenset(words.split()),
        dict(_prefixes(prefixes.splitlines())),
    )


def _by_two(text: str) -> Iterator[tuple[str, str]]:
    """Yield each line with the next, two by two."""
    lines = iter(text.splitlines())
    return zip(lines, lines, strict=False)


def _bases(text: str) -> dict[str, tuple[str, ...]]:
    bases: dict[str, tuple[str, ...]] = {}
    for base, forms in _by_two(text):
        for form in forms.split():
            bases[form] = (*bases.get(form, ()), base)
    return bases


def _prefixes(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    for line in lines:
        if line.strip() and not line.startswith("#"):
            prefix, *when = line.split()
            yield prefix, bool(when)


def _phrase_pairs(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield every phrase with a paraphrase of it: three lines each, of which the first is a probability."""
    unpack, rest = zlib.decompressobj(wbits=31), b""
    try:
        with path.open("rb") as file:
            while packed := file.read(_CHUNK):
                *lines, rest = (rest + unpack.decompress(packed)).split(b"\n")
                whole = len(lines) // 3 * 3
                yield from zip(lines[1:whole:3], lines[2:whole:3], strict=True)
                rest = b"\n".join([*lines[whole:], rest])
    except (OSError, zlib.error) as problem:
        raise EvaluationError(unreadable(path, problem, "install pycocoevalcap again")) from problem
