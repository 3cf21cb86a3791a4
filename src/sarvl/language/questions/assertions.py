"""Assertions: a question and one of its possible answers as a caption, through the claim that both together make.

A model that holds captions against images can so answer what has few possible answers: yes or no, and choices. The
claim, and with it the caption, comes from the question and the answer alone, right or wrong; no annotation is asked.
"""

from collections.abc import Callable

from sarvl.errors import LanguageError
from sarvl.language.captions.phrases import listed
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.claims.kinds.absence import Absence
from sarvl.language.claims.kinds.comparison import NumberComparison
from sarvl.language.claims.kinds.count import Count
from sarvl.language.claims.kinds.only import Only
from sarvl.language.claims.kinds.presence import Presence
from sarvl.language.geometry.layout import GRID_CELLS
from sarvl.language.group import Group
from sarvl.language.questions.choices import names_in
from sarvl.language.questions.query import Query
from sarvl.language.questions.question_reader import read_question
from sarvl.language.words.places import centred_in_place, in_place
from sarvl.language.words.vocabulary import Vocabulary

_NOUN = "SAR image"


def asserted(question: str, answer: str, vocabulary: Vocabulary) -> str:
    """Return the caption that is true where ``answer`` is right: "A SAR image of 3 ships." of a count, for example.

    Where nobody can say it as a claim (a question of other people's words, a shape, a box), it is the question, without
    its choices, with the answer behind it.
    """
    try:
        query = read_question(question, vocabulary).query
        claims = claims_of_answer(query, answer, vocabulary)
    except LanguageError:
        claims = []
    return caption_of(claims, vocabulary) if claims else f"{question.splitlines()[0]} {answer}"


def claims_of_answer(query: Query, answer: str, vocabulary: Vocabulary) -> list[Claim]:
    """Return what an answer to a query claims, without evidence; nothing where no claim says it.

    Raises LanguageError for a count that is none.
    """
    claims = _CLAIMS_OF.get(query.kind)
    return claims(query, answer, vocabulary) if claims else []


def caption_of(claims: list[Claim], vocabulary: Vocabulary) -> str:
    """Return one sentence that makes the claims; LanguageError where there are no words for one."""
    (first, *others) = claims
    if isinstance(first, NumberComparison) and not others:
        more, fewer = (vocabulary.names[group.class_name][0].plural for group in first.groups())
        return f"There are more {more} than {fewer} in this {_NOUN}."
    return f"A {_NOUN} of {listed([_phrase(claim, vocabulary) for claim in claims])}."


def _phrase(claim: Claim, vocabulary: Vocabulary) -> str:
    match claim:
        case Only(class_names=(class_name,)):
            return f"only {vocabulary.names[class_name][0].plural}"
        case Presence(group=group):
            return f"{vocabulary.names[group.class_name][0].with_article}{_at(group, in_place)}"
        case Absence(group=group):
            return f"no {vocabulary.names[group.class_name][0].plural}{_at(group, in_place)}"
        case Count(group=group, number=number):
            name = vocabulary.names[group.class_name][0]
            return f"{number} {name.singular if number == 1 else name.plural}{_at(group, centred_in_place)}"
    raise LanguageError(f"there are no words for {claim.shown()}")


def _at(group: Group, words: Callable[..., str]) -> str:
    if group.position is None:
        return ""
    return f" {words(group.position, 'plain')}" if group.position in GRID_CELLS else f" on the {group.position}"


def _existence(query: Query, answer: str, _: Vocabulary) -> list[Claim]:
    group = Group(query.classes[0], query.position)
    return [Presence(group) if answer == "yes" else Absence(group)]


def _comparison(query: Query, answer: str, _: Vocabulary) -> list[Claim]:
    first, second = (Group(name) for name in query.classes)
    is_first = (query.more == "more") == (answer == "yes")
    return [NumberComparison(first, "more", second) if is_first else NumberComparison(second, "more", first)]


def _count(query: Query, answer: str, _: Vocabulary) -> list[Claim]:
    if not answer.isdecimal():
        raise LanguageError(f"{answer!r} is no count")
    return [quantity_claim(Group(query.classes[0], query.position), "exactly", int(answer))]


def _classes(_: Query, answer: str, vocabulary: Vocabulary) -> list[Claim]:
    class_of = {names[0].singular: class_name for class_name, names in vocabulary.names.items()}
    named = names_in(answer, class_of)
    return [Presence(Group(class_of[name])) for name in sorted(named, key=answer.index)]


def _others(query: Query, answer: str, _: Vocabulary) -> list[Claim]:
    return [Only((query.classes[0],), is_counted=False)] if answer == "no" else []


_CLAIMS_OF: dict[str, Callable[[Query, str, Vocabulary], list[Claim]]] = {
    **dict.fromkeys(("exists", "exists_on_side", "exists_in_cell", "belongs"), _existence),
    **dict.fromkeys(("count", "count_in_cell", "count_on_side"), _count),
    **dict.fromkeys(("main_object", "categories", "label", "region", "nearest"), _classes),
    **dict.fromkeys(("land_cover", "dominant_land_cover"), _classes),
    "comparison": _comparison,
    "other_categories": _others,
}
