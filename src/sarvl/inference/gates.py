"""Gates: why a caption that a model wrote of a SAR image is not kept."""

import re
from collections.abc import Iterator, Sequence

from sarvl.annotations import AnnotatedImage
from sarvl.language import verify
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.kinds.relation import Relation
from sarvl.language.reader.symbols import OTHER_FORM
from sarvl.language.reader.text_reader import Reading, read_claims
from sarvl.language.words.lexicon import Domain
from sarvl.language.words.lint import optical_words
from sarvl.language.words.vocabulary import Vocabulary
from sarvl.models.decoding_settings import NOTHING_SURE

_AMOUNT = r"(?:(?:large|small|great|good|huge) )?(?:few|lot|couple|number|dozen|handful|pair|variety|group)"
_ONE = rf"(?:one|1(?![.,]?\d)|an?(?! {_AMOUNT}\b|(?: \w+)? hundred))"  # "a few ships" are several
_SEVERAL = r"(?:[2-9]|[1-9]\d+|two|three|four|five|six|seven|eight|nine|ten|several|many)"
_JOINED_TO_ITSELF = re.compile(r"\b(\w[\w-]*(?: [\w-]+){0,4}),? (?:and|or|nor) \1\b", re.IGNORECASE)
_VERB_OF_ANOTHER_NUMBER = re.compile(rf"\bthere (?:is {_SEVERAL}|are {_ONE})\b", re.IGNORECASE)


def problem_with(
    caption: str,
    samples: Sequence[str],
    vocabulary: Vocabulary,
    image: AnnotatedImage | None = None,
    domain: Domain = "sar",
) -> str | None:
    """Return why a caption is refused, None where nothing speaks against it.

    samples: what the model wrote when it drew its tokens: where one names another class, or another number of a class,
    the model does not know. vocabulary: the classes that captions may name. image: what the annotation holds of the
    image, where there is one: the caption must be true of it, and be understood whole. domain: of an optical image its
    colours may be said.
    """
    return next(_problems(caption, samples, vocabulary, image, domain), None)


def _problems(
    caption: str, samples: Sequence[str], vocabulary: Vocabulary, image: AnnotatedImage | None, domain: Domain
) -> Iterator[str]:
    if not caption:
        yield "it is empty"
    if caption == NOTHING_SURE:
        yield "it claims nothing: of no claim enough drafts were sure (a lower --sure says more)"
    for word in optical_words(caption) if domain == "sar" else ():
        yield f"{word.word!r} is optical: {word.why}"
    reading = read_claims(caption, vocabulary)
    yield from _problems_with_grammar(caption, reading)
    for claim in reading.claims:
        if isinstance(claim, Relation) and not claim.is_possible():
            yield f"it contradicts itself: {claim.shown()}"
    for sample in samples:
        yield from _disagreement(reading, read_claims(sample, vocabulary), sample)
    if image:
        yield from verify(caption, image, domain)


def _problems_with_grammar(caption: str, reading: Reading) -> Iterator[str]:
    for span in reading.unread:
        if span.why.endswith(OTHER_FORM):
            yield span.why
    if match := _VERB_OF_ANOTHER_NUMBER.search(caption):
        yield f"{match[0]!r}: the verb is of another number"
    if match := _JOINED_TO_ITSELF.search(caption):
        yield f"{match[0]!r}: it says the same twice"


def _disagreement(reading: Reading, other: Reading, sample: str) -> Iterator[str]:
    held, drawn = _classes_and_counts(reading.claims), _classes_and_counts(other.claims)
    if held != drawn:
        yield f"a sample says otherwise of classes or counts: {sample!r}"


def _classes_and_counts(claims: Sequence[Claim]) -> set[tuple[object, ...]]:
    """Return the classes that claims name, and what they count of each."""
    counts = {claim.meaning() for claim in claims if claim.kind == "count"}
    return counts | {(group.class_name,) for claim in claims for group in claim.groups()}
