"""Count on a side: how many objects of a class there are on a side of the image. People ask it; we never do."""

from sarvl.language.questions.choices import near_counts, other_counts
from sarvl.language.questions.kinds.count import answer
from sarvl.language.questions.question_kind import QuestionKind

KIND = QuestionKind(
    application="counting",
    answer_type="number",
    templates=(
        "How many {cats} are located on the {place} of the image?",
        "What is the number of {cats} on the {place} of this {image}?",
    ),
    sketch="(what )?how_many class side",
    answer=answer,
    wrong_answers=near_counts,
    excludes=other_counts,
    has_synonyms=True,
    order=4,
)
