"""Description: a prompt whose answer is a caption of the image, with the caption's claims."""

from collections.abc import Iterator
from random import Random

from sarvl.language.captions import families_in_order
from sarvl.language.captions.scene import pick
from sarvl.language.description import describe
from sarvl.language.questions.question_kind import QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.questions.tags import tags_of
from sarvl.language.statement import Statement

KIND = QuestionKind(
    application="description",
    answer_type="text",
    templates=(
        "Describe the content of this image in one sentence.",
        "What does this {image} show? Answer in one sentence.",
        "Write one sentence that describes this {image}.",
    ),
    sketch="describe sentence|what sentence|sentence describe",
    words={"sentence": ("one sentence", "a single sentence")},
    answer=None,
    order=1,
)


def description_questions(scene: QuestionScene, seed: int, rng: Random) -> Iterator[Statement]:
    """Yield one question that the first caption of ``describe``, without speckle, answers; none where there is none.

    Where people wrote the caption, the producer is ``human``, as the answer is theirs.
    """
    families = [name for name in families_in_order() if name != "speckle"]  # strong speckle is no content of an image
    for caption in describe(scene.image, captions=1, seed=seed, domain=scene.domain, families=families)[:1]:
        yield Statement(
            text=pick(rng, KIND.templates).format(image=pick(rng, scene.nouns.images).bare),
            family="description",
            claims=caption.claims,
            producer="human" if caption.producer == "human" else "rule:description",
            kind="question",
            answer=caption.text,
            answer_type=KIND.answer_type,
            application=KIND.application,
            tags=tags_of(caption.claims, scene),
        )
