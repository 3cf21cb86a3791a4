"""Consensus: of several captions that were drawn of one image, the one whose claims the others bear out."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from sarvl.errors import ModelError
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.said import Said, Stance
from sarvl.language.reader.text_reader import Reading, read_claims
from sarvl.language.words.vocabulary import Vocabulary
from sarvl.models.answering.closed_world import taught_by, told_apart
from sarvl.models.decoding_settings import NOTHING_SURE
from sarvl.models.model import Model
from sarvl.models.protocols import Generated


def classes_to_read(model: Model) -> tuple[str, ...]:
    """Return the classes that a model was taught, one of those that are called alike.

    Raises ModelError where nobody recorded them, so that its captions cannot be read.
    """
    classes = taught_by(model.history).classes
    if classes is None:
        raise ModelError(
            f"{model.name}: nobody recorded which classes it was taught, so that its drafts cannot be read; "
            "leave `drafts` at 1"
        )
    return told_apart(tuple(sorted(classes)))


def surest(drafts: Sequence[Generated], sure: float, classes: tuple[str, ...]) -> Generated:
    """Return the draft that says most of what all say, among those whose claims are borne out by a share of ``sure``.

    The support of a claim is the share of drafts that bear it out, among these and those that contradict it or name
    other classes or places instead; half a draft is added to each side, so that few drafts make nothing sure. Drafts
    that claim nothing, or have words that cannot be read, are left out. Where none is left whose claims have enough
    support, it is ``NOTHING_SURE``, with the log probability of the likeliest draft, for which it stands.
    """
    readings = _readings([draft.text for draft in drafts], classes)
    stances = _stances(readings)
    support = {meaning: _support(row) for meaning, row in stances.items()}
    said = Counter(claim.meaning() for reading in readings for claim in reading.claims)

    def is_sure(reading: Reading) -> bool:
        claims = [claim.meaning() for claim in reading.claims]
        return bool(claims) and not reading.unread and min(support[meaning] for meaning in claims) >= sure

    def rank(place: int) -> tuple[int, float]:
        told = sum(number for meaning, number in said.items() if stances[meaning][place] == "true")
        return told, drafts[place].log_probability

    places = [place for place, reading in enumerate(readings) if is_sure(reading)]
    if not places:
        return Generated(NOTHING_SURE, max(draft.log_probability for draft in drafts))
    return drafts[max(places, key=rank)]


def _readings(texts: Sequence[str], classes: tuple[str, ...]) -> list[Reading]:
    """Read texts as those of an image in which there is what they name.

    Of all classes that a model was taught, "vessel" may mean several; beside ships alone it means one.
    """
    wide = _vocabulary(classes)
    groups = (group for text in texts for claim in read_claims(text, wide).claims for group in claim.groups())
    vocabulary = _vocabulary(tuple(sorted({group.class_name for group in groups} - {""})))
    return [read_claims(text, vocabulary) for text in texts]


_vocabulary = lru_cache(maxsize=1024)(Vocabulary)


def _stances(readings: Sequence[Reading]) -> dict[tuple[object, ...], list[Stance]]:
    """Return what each text says of every claim of any, by the meaning of the claim."""
    claims: dict[tuple[object, ...], Claim] = {}
    for reading in readings:
        claims |= {claim.meaning(): claim for claim in reading.claims}
    every = [Said(reading.claims) for reading in readings]
    return {meaning: [said.stance(claim) for said in every] for meaning, claim in claims.items()}


def _support(stances: Sequence[Stance]) -> float:
    borne_out = stances.count("true")
    speaking = borne_out + stances.count("false") + stances.count("others")
    return (borne_out + 0.5) / (speaking + 1)
