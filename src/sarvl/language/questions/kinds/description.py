"""Description: a prompt whose answer is a caption of the image, with the caption's claims."""

from collections.abc import Iterator, Sequence
from random import Random

from sarvl.language.captions import families_in_order
from sarvl.language.captions.scene import shuffled
from sarvl.language.description import describe
from sarvl.language.prompts import CAPTION_PROMPT
from sarvl.language.questions.question_kind import QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.questions.tags import tags_of
from sarvl.language.statement import Statement

KIND = QuestionKind(
    application="description",
    answer_type="text",
    templates=(
        CAPTION_PROMPT,
        "What does this {image} show? Answer in one sentence.",
        "Write one sentence that describes this {image}.",
    ),
    sketch="describe sentence|what sentence|sentence describe",
    words={"sentence": ("one sentence", "a single sentence")},
    answer=None,
    order=1,
)


def description_questions(
    scene: QuestionScene, seed: int, rng: Random, rewritten: Sequence[Statement]
) -> Iterator[Statement]:
    """Yield one question for each caption that is ``rewritten`` from the optical twin, as SARLANG-1M has them.

    Without such captions, one that the first caption of ``describe``, without speckle, answers; none where there is
    none. No two questions have the same text. The producer is ``human`` or a model where the caption is theirs.
    """
    families = [name for name in families_in_order() if name != "speckle"]  # strong speckle is no content of an image
    captions = rewritten or describe(scene.image, captions=1, seed=seed, domain=scene.domain, families=families)[:1]
    images = [noun.bare for noun in scene.nouns.images]
    prompts = {template.format(image=image): None for template in KIND.templates for image in images}
    for prompt, caption in zip(shuffled(rng, list(prompts)), captions, strict=False):
        is_ours = caption.producer.startswith("rule:")
        yield Statement(
            text=prompt,
            family="description",
            claims=caption.claims,
            producer="rule:description" if is_ours else caption.producer,
            kind="question",
            answer=caption.text,
            answer_type=KIND.answer_type,
            application=KIND.application,
            tags=tags_of(caption.claims, scene),
        )
