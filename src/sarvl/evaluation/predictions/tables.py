"""Tables of VLMEvalKit: a question, its choices under letters, and the letter of the right one."""

import ast
from collections.abc import Mapping, Sequence
from string import ascii_uppercase

from sarvl.errors import EvaluationError
from sarvl.evaluation.predictions.parsing import field_of


def choices_of(row: Mapping[str, str]) -> tuple[str, ...]:
    """Return the choices under A, B, ... of a row; those that are empty end the list."""
    choices = []
    for letter in ascii_uppercase:
        if row.get(letter) in (None, "", "nan"):
            break
        choices.append(row[letter])
    return tuple(choices)


def right_option(answer: str, options: tuple[str, ...], where: str) -> str:
    """Return the text of the right choice, which ``answer`` names by its letter, else by its text.

    Blanks around a text do not matter, and neither does its case where one choice alone is so written. A letter is one
    even where it is the text of another choice, as in VLMEvalKit.
    """
    if (chosen := choice_under(answer, options)) is not None:
        return chosen
    for same in (str, str.strip, _folded):
        if len(fitting := [option for option in options if same(option) == same(answer)]) == 1:
            return fitting[0]
    raise EvaluationError(f"{where}: the answer {answer[:40]!r} is none of its {len(options)} choices; mend the row")


def choice_under(letter: str, options: tuple[str, ...]) -> str | None:
    """Return the text of the choice under a letter, blanks around it apart; None where it is no letter of a choice."""
    place = ascii_uppercase.find(letter.strip()) if len(letter.strip()) == 1 else -1
    return options[place] if 0 <= place < len(options) else None


def check_choice(chosen: str, texts: Sequence[str], options: tuple[str, ...], where: str) -> None:
    """Raise EvaluationError where texts that tell the right choice, too, are those of other choices alone.

    A text that is no choice, such as a blank or the same number in other words, says nothing against it.
    """
    told = {_folded(text) for text in texts} & set(map(_folded, options))
    if told and _folded(chosen) not in told:
        raise EvaluationError(
            f"{where}: the right choice is {chosen[:40]!r} by its letter, but {min(told)[:40]!r} by its text; mend one"
        )


def _folded(text: str) -> str:
    return text.strip().casefold()


def image_of(row: Mapping[str, str], where: str) -> str:
    """Return what names the image of a row: its path, or else the index of the row."""
    return field_of(row, ("image_path", "image_name", "index"), where)  # type: ignore[no-any-return]


def texts_in(cell: str) -> tuple[str, ...]:
    """Return the texts of a cell in which a list of them was written; of any other cell its own."""
    try:
        texts = ast.literal_eval(cell) if cell.startswith("[") else cell
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return (cell,)
    is_list = isinstance(texts, list) and all(isinstance(text, str) for text in texts)
    return tuple(texts) if is_list else (cell,)
