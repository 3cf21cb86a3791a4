"""Count in a cell: how many objects of a class there are in a cell of the grid; ``count`` proposes it."""

from sarvl.language.questions.choices import near_counts, other_counts
from sarvl.language.questions.kinds.count import answer
from sarvl.language.questions.question_kind import QuestionKind

KIND = QuestionKind(
    application="counting",
    answer_type="number",
    # The count is of box centres, as its words say.
    templates=(
        "How many {cats} are {centred} of the image?",
        "What is the number of {cats} {centred} of this {image}?",
    ),
    published_templates=(
        "How many {cats} are visible in the {place} of the image?",
        "How many {cats} are located in the {place} of this {image}?",
        "What is the number of {cats} in the {place} of the image?",
    ),
    sketch="(what )?how_many class cell",
    answer=answer,
    wrong_answers=near_counts,
    excludes=other_counts,
    has_synonyms=True,
    order=2,
)
