"""Multiple choice: answers that are plausible and wrong beyond doubt, and the choices of a question in its text."""

import re
from collections.abc import Collection, Sequence
from random import Random
from string import ascii_uppercase

from sarvl.language.captions.phrases import listed
from sarvl.language.captions.scene import shuffled
from sarvl.language.questions.query import Query
from sarvl.language.questions.question_kind import WrongAnswers, kinds_in_order
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.statement import Statement
from sarvl.language.words.lexicon import effect_of

MOST_OPTIONS = 4
_FARTHEST_COUNT = 3  # a wrong count is off by one to three


def other_classes(_: Query, answer: str, scene: QuestionScene) -> list[str]:
    """Return the names of the labelled and present classes that the answer could not be called by as well.

    Shadows and wakes are left out: no object and no label is one, so nobody would choose it.
    """
    words = [scene.word(class_name) for class_name in scene.classes if not effect_of(class_name)]
    return [word for word in words if not scene.are_related(word, answer)]


def near_counts(_: Query, answer: str, __: QuestionScene) -> list[str]:
    """Return the counts near the right one."""
    count = int(answer)
    return [str(near) for near in range(max(count - _FARTHEST_COUNT, 0), count + _FARTHEST_COUNT + 1) if near != count]


def other_counts(first: str, second: str, _: QuestionScene) -> bool:
    """Tell whether both are counts, and not the same one."""
    return first.isdigit() and second.isdigit() and int(first) != int(second)


def other_lists(first: str, second: str, scene: QuestionScene) -> bool:
    """Tell whether both are lists of known classes, and some class is in one of them alone, by no other name."""
    known = {scene.word(class_name): class_name for class_name in scene.vocabulary.names}
    names = [names_in(text, known) for text in (first, second)]
    if not all(names):
        return False
    only = names[0] ^ names[1]
    return bool(only) and not any(scene.are_related(one, other) for one in only & names[0] for other in only & names[1])


def names_in(text: str, known: Collection[str]) -> frozenset[str]:
    """Return the names of a list such as "ship, tank and bridge"; empty where it holds anything that is not known."""
    pattern = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    is_list = re.fullmatch(rf"(?:{pattern})(?:(?:, | and )(?:{pattern}))*", text)
    return frozenset(re.findall(pattern, text)) if is_list else frozenset()


def are_exclusive(query: Query, first: str, second: str, scene: QuestionScene) -> bool:
    """Tell whether two answers to a query cannot both be right."""
    kind = kinds_in_order()[query.kind]
    if kind.excludes:
        return kind.excludes(first, second, scene)
    return kind.wrong_answers is not None and second in kind.wrong_answers(query, first, scene)


def other_words(words: Sequence[str]) -> WrongAnswers:
    """Return a rule for questions that one of ``words`` answers: all of the others are wrong."""
    return lambda _, answer, __: [word for word in words if word != answer]


def changed_lists(right: Sequence[str], more: Sequence[str]) -> list[str]:
    """Return lists of names that lack one of ``right``, hold one of ``more`` as well, or one in place of another."""
    kept = [[*right[:index], *right[index + 1 :]] for index in range(len(right))]
    lists = [names for names in kept if names]
    lists += [[*right, other] for other in more]
    lists += [[*right[:index], other, *right[index + 1 :]] for index in range(len(right)) for other in more]
    return [listed(names) for names in lists]


def draw_options(answer: str, wrong: Sequence[str], rng: Random) -> tuple[str, ...]:
    """Return the answer among up to three of the wrong answers, in random order; empty where there is no wrong one."""
    different = [option for option in dict.fromkeys(wrong) if option != answer]
    if not different:
        return ()
    return tuple(shuffled(rng, [answer, *shuffled(rng, different)[: MOST_OPTIONS - 1]]))


def with_options(question: str, options: Sequence[str]) -> str:
    """Return the question with its options below it, each in a line with its letter: "A. 3"."""
    lettered = [f"{letter}. {option}" for letter, option in zip(ascii_uppercase, options, strict=False)]
    return "\n".join([question, *lettered])


def option_letter(statement: Statement) -> str | None:
    """Return the letter of a multiple-choice question's answer, which is the text of the right choice; else None.

    Raises ValueError where the answer is none of the choices.
    """
    return letter_of(statement.answer or "", statement.options) if statement.options else None


def letter_of(answer: str, options: Sequence[str]) -> str:
    """Return the letter of an answer among its choices; ValueError where it is none of them."""
    return ascii_uppercase[options.index(answer)]
