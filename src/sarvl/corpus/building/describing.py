"""Describing: the second pass of a build, from images with their facts to rows of the tables."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Reject, Source
from sarvl.corpus.building.facts import ImageFacts
from sarvl.corpus.recipe import BuildRecipe
from sarvl.corpus.tables import HashedRows, Row, hashed_rows
from sarvl.errors import LanguageError
from sarvl.language import Statement, claims_json, describe
from sarvl.language.questions.balance import Prevalence
from sarvl.language.questions.selection import AS_SARLANG, ask
from sarvl.language.rewrite import Refusal, RewrittenCaption, twin_statements


class PlannedImage(NamedTuple):
    """An image to take in: the place of its source in the recipe, its facts, its split, and what is noted on it.

    rewritten: what a model has made of each caption of its optical twin; None where rules are to rewrite them.
    """

    image: AnnotatedImage
    source: int
    facts: ImageFacts
    split: str
    notes: tuple[str, ...] = ()
    rewritten: dict[str, RewrittenCaption | Refusal] | None = None


class DescribedChunk(NamedTuple):
    """The rows of a chunk of images and of their texts, and what was refused: images, and captions of twins.

    texts_left_out: how many texts the recipe's filter does not keep.
    """

    images: HashedRows
    texts: HashedRows
    rejects: list[Reject]
    texts_left_out: int


def describe_images(
    planned: Sequence[PlannedImage], recipe: BuildRecipe, prevalences: Mapping[int, Prevalence]
) -> DescribedChunk:
    """Describe a chunk of images; prevalences: how common each class is in a source, by its place in the recipe.

    The texts of an image depend on these and on that image alone.
    """
    images: list[Row] = []
    texts: list[Row] = []
    rejects: list[Reject] = []
    texts_left_out = 0
    for item in planned:
        source = recipe.sources[item.source]
        try:
            statements, refused = _statements_of(item, source, recipe, prevalences.get(item.source))
        except LanguageError as problem:
            raise LanguageError(f"source {source.name}, {item.image.file}: {problem}") from problem
        row = _image_row(item, source)
        rows = [_text_row(statement, row["image_id"]) for statement in statements]
        kept = [text for text in rows if recipe.filter.keeps(row, text)]
        if kept:
            images.append(row)
            texts += kept
        else:
            refused.append(_speechless(item.image, recipe, source, is_filtered=bool(rows)))
        rejects += refused
        texts_left_out += len(rows) - len(kept)
    return DescribedChunk(hashed_rows("images", images), hashed_rows("texts", texts), rejects, texts_left_out)


def _statements_of(
    item: PlannedImage, source: Source, recipe: BuildRecipe, prevalence: Prevalence | None
) -> tuple[list[Statement], list[Reject]]:
    """Return captions, then questions, no two of a kind with the same text, and the captions that were refused."""
    image, seed, domain = item.image, recipe.seed, source.domain
    wanted = recipe.captions
    found = describe(image, captions=wanted.per_image, seed=seed, domain=domain, families=wanted.families)
    rewritten, refusals = twin_statements(image, item.rewritten.__getitem__ if item.rewritten else None)
    found += rewritten
    if recipe.questions or image.questions:  # those that people wrote are kept in any case, as their captions are
        found += ask(image, recipe.questions or AS_SARLANG, seed=seed, domain=domain, prevalence=prevalence)
    distinct: dict[tuple[str, str], Statement] = {}
    for statement in found:
        distinct.setdefault((statement.kind, statement.text), statement)
    rejects = [
        Reject(source.name, "caption", image.file, f"{refusal.original!r}: {refusal.reason}", "rewrite it by hand")
        for refusal in refusals
    ]
    return list(distinct.values()), rejects


def _speechless(image: AnnotatedImage, recipe: BuildRecipe, source: Source, is_filtered: bool) -> Reject:
    if is_filtered:
        return Reject(source.name, "image", image.file, "no text of it passes the recipe's filter", "widen the filter")
    if recipe.captions.families and (image.objects or image.label or image.land_cover):
        reason = "the recipe's caption families have nothing to say of it"
        return Reject(source.name, "image", image.file, reason, "name more families in `captions`, or none")
    reason = "nothing can be said of it: no object, label, caption or question"
    advice = "annotate it, or declare `labelled_classes` so that their absence can be said"
    return Reject(source.name, "image", image.file, reason, advice)


def _image_row(item: PlannedImage, source: Source) -> Row:
    image, facts = item.image, item.facts
    return {
        "image_id": f"{source.name}/{image.file}",
        "source": source.name,
        "domain": source.domain,
        "file": image.file,
        "sha256": facts.sha256,
        "phash": facts.phash,
        "width": image.width,
        "height": image.height,
        "quantity": facts.quantity,
        "bands": list(facts.bands),
        "split": item.split,
        "group": image.group,
        "label": image.label,
        "label_names": list(image.label_names),
        "objects": [_object_row(item) for item in image.objects],
        "land_cover": [{"class_name": item.class_name, "share": float(item.share)} for item in image.land_cover],
        "labelled_classes": list(image.labelled_classes),
        "twin_captions": list(image.twin_captions),
        "spacing_m": _floats(image.spacing_m),
        "looks": None if image.looks is None else float(image.looks),
        "target_size_m": _floats(image.target_size_m),
        "position": _floats(image.position),
        "licence": source.licence,
        "notes": [*image.notes, *facts.notes, *item.notes],
    }


def _object_row(item: AnnotatedObject) -> Row:
    return {
        "class_name": item.class_name,
        "box": _floats(item.box),
        "corners": _floats(item.corners),
        "area_px": None if item.area_px is None else float(item.area_px),
    }


def _floats(values: Sequence[float] | None) -> list[float] | None:
    return None if values is None else [float(value) for value in values]


def _text_row(statement: Statement, image_id: str) -> Row:
    return {
        "image_id": image_id,
        "text": statement.text,
        "kind": statement.kind,
        "family": statement.family,
        "producer": statement.producer,
        "claims": claims_json(statement.claims),
        "evidence": [list(claim.objects) for claim in statement.claims],
        "answer": statement.answer,
        "answer_type": statement.answer_type,
        "application": statement.application,
        "options": list(statement.options),
        "tags": list(statement.tags),
    }
