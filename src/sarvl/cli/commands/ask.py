"""``sarvl ask``: questions about an image file."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import ImageOptions, Model, names_of
from sarvl.errors import ModelError

if TYPE_CHECKING:
    from sarvl.inference.answered import Answered


def ask(
    image: Annotated[str, typer.Argument(help="The image file.")],
    options: ImageOptions,
    model: Model = None,
    questions: Annotated[
        list[str] | None, typer.Argument(help="Questions, each in quotes.", show_default=False)
    ] = None,
    questions_file: Annotated[
        Path | None, typer.Option("--questions", help="File of more questions, one a line.")
    ] = None,
    classes: Annotated[
        list[str] | None,
        typer.Option(help="Classes that questions may name, with commas between them, beside those of the model."),
    ] = None,
    threshold: Annotated[
        float,
        typer.Option(
            help="Hold back answers, and boxes, of less probability. Yes and no are never below .5: give more there.",
            min=0,
            max=1,
        ),
    ] = 0.5,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Answer what no rule can read, too, such as another language.")
    ] = False,
    picture: Annotated[Path | None, typer.Option(help="Write the image with the boxes of the answers, as PNG.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Ask a model about an image: each answer with its probability, and the boxes that it rests on."""
    _check_shell(questions or ())
    from sarvl.inference import ask as ask_model
    from sarvl.inference.question_file import questions_of_file

    asked = [*(questions or ()), *(questions_of_file(questions_file) if questions_file else ())]
    answers = ask_model(
        image,
        asked,
        model,
        classes=names_of(classes),
        threshold=threshold,
        unchecked=unchecked,
        picture=picture,
        **options._asdict(),
    )
    if as_json:
        for answer in answers:
            typer.echo(json.dumps(answer.as_json(), ensure_ascii=False))
    else:
        _print(answers)
    if picture:
        typer.echo(f"{sum(len(answer.boxes) for answer in answers)} boxes in {picture}", err=as_json)


def _check_shell(questions: Sequence[str]) -> None:
    """Raise ModelError where a shell made questions of what is none: of a pattern of files, or of unquoted words."""
    from sarvl.annotations.image_files import IMAGE_ENDINGS

    for number, question in enumerate(questions, start=1):
        ends_as_image = Path(question.strip()).suffix.lower() in IMAGE_ENDINGS
        if ends_as_image or os.path.exists(question):  # noqa: PTH110 - a Path raises where it is long
            raise ModelError(
                f"question {number} of {len(questions)} is the name of a file, {question}; ask of one image at a time"
            )
    words = [question for question in questions if question.isascii() and len(question.split()) == 1]
    if len(words) > 1:
        raise ModelError(
            f'questions of one word, {" and ".join(words[:2])}; put each question in quotes, as in "{" ".join(words)}"'
        )


def _print(answers: "Sequence[Answered]") -> None:
    for number, answer in enumerate(answers, start=1):
        typer.echo(f"{number}. {answer.question}" if len(answers) > 1 else answer.question)
        if answer.warning:
            typer.echo(f"  warning: {answer.warning}")
        sure = f"  (probability {answer.probability:.2f})" if answer.answer and answer.probability is not None else ""
        typer.echo(f"  {answer.answer}{sure}" if answer.answer is not None else f"  no answer: {answer.why_not}")
        for box in answer.boxes:
            typer.echo(f"  box {', '.join(str(round(edge)) for edge in box)}")
        for remark in (*filter(None, [answer.grounding]), *answer.remarks):
            typer.echo(f"  {remark}")


COMMAND = Command(
    ask, Panel.MODELS, 'sarvl ask scene.tif "How many ships are in the image?" --model runs/gpt --picture answer.png'
)
