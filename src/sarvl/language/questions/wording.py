"""The words of a question: a template of its kind, filled with names of classes, positions and boxes."""

import re
from functools import lru_cache
from random import Random

from sarvl.errors import LanguageError
from sarvl.language.captions.phrases import listed
from sarvl.language.captions.scene import pick
from sarvl.language.questions.query import Query, region_text
from sarvl.language.questions.question_kind import QuestionKind, kinds_in_order
from sarvl.language.questions.question_reader import phrase_at
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.words.places import centred_in_place, place_words
from sarvl.language.words.tokens import tokens_of
from sarvl.language.words.vocabulary import ClassName, Vocabulary


def worded(query: Query, kind: QuestionKind, scene: QuestionScene, rng: Random) -> str | None:
    """Return the query as a question in English; None where no template of the kind suits the names."""
    names = [_name(class_name, kind, scene, rng) for class_name in query.classes]
    has_plurals_only = any(not name.has_plural and name.singular.endswith("s") for name in names)
    templates = kind.templates_for(scene.image.wording, has_plurals_only)
    if not templates:
        return None
    parts = {
        "image": pick(rng, scene.nouns.images).bare,
        "place": place_words(query.position or "", scene.image.wording),
        "more": query.more,
    }
    if query.position is not None:
        parts["centred"] = centred_in_place(query.position, scene.image.wording)
    if query.region is not None:
        parts["region"] = region_text(query.region)
    if names:
        parts |= _parts_of_name(names[0], parts.get("region"))
    if len(names) > 1:
        parts |= {"other_cat": names[1].singular, "other_cats": names[1].plural}
        parts["all_cats"] = listed([name.plural for name in names])
    return pick(rng, templates).format_map(parts)


def _name(class_name: str, kind: QuestionKind, scene: QuestionScene, rng: Random) -> ClassName:
    own, *synonyms = scene.vocabulary.names[class_name]
    return pick(rng, synonyms) if kind.has_synonyms and synonyms and rng.random() < 0.5 else own


def _parts_of_name(name: ClassName, region: str | None) -> dict[str, str | None]:
    singular, with_article, plural = name
    the_object = f"only {singular}" if region is None else f"{singular} in the area {region}"
    return {"cat": singular, "category": singular, "a_cat": with_article, "cats": plural, "object": the_object}


@lru_cache(maxsize=1)
def _runs_of_words() -> frozenset[tuple[str, ...]]:
    """Return every run of words of a template that the reader would take for a class of that name."""
    runs = set()
    for template in (
        each for kind in kinds_in_order().values() for each in (*kind.templates, *kind.published_templates)
    ):
        for part in re.split(r"\{\w+\}", template):
            words, start = tokens_of(part), 0
            while start < len(words):
                length = phrase_at(words, start)[1]
                runs |= {tuple(words[start:end]) for end in range(start + length, len(words) + 1)}
                start += length
    return frozenset(runs)


@lru_cache(maxsize=4096)
def refuse_words_of_questions(vocabulary: Vocabulary) -> None:
    """Raise LanguageError where a name of a class is made of words that questions are made of, such as "object"."""
    for class_name, names in vocabulary.names.items():
        for text in {text for name in names for text in (name.singular, name.plural)}:
            if tuple(tokens_of(text)) in _runs_of_words():
                raise LanguageError(f"class {class_name!r} reads as words of a question; rename it in class_names")
