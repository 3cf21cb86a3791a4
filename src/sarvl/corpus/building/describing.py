"""Describing: the second pass of a build, from images with their facts to rows of the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from sarvl.annotations import EVERY_CLASS, AnnotatedImage, Reject, Source
from sarvl.corpus.building.facts import ImageFacts
from sarvl.corpus.recipe import BuildRecipe
from sarvl.corpus.rows import IMAGES, TEXTS, CorpusImage, CorpusText
from sarvl.corpus.tables import HashedRows, hashed_rows
from sarvl.errors import LanguageError
from sarvl.language import Statement, describe
from sarvl.language.questions.selection import AS_SARLANG, ask
from sarvl.language.questions.surveys import Survey
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
    planned: Sequence[PlannedImage], recipe: BuildRecipe, surveys: Mapping[int, Survey]
) -> DescribedChunk:
    """Describe a chunk of images; surveys: what the questions of each source are answered.

    The texts of an image depend on these and on that image alone.
    """
    images: list[CorpusImage] = []
    texts: list[CorpusText] = []
    rejects: list[Reject] = []
    texts_left_out = 0
    for item in planned:
        source = recipe.sources[item.source]
        try:
            statements, refused = _statements_of(item, source, recipe, surveys.get(item.source))
        except LanguageError as problem:
            raise LanguageError(f"source {source.name}, {item.image.file}: {problem}") from problem
        image = _corpus_image(item, source)
        kept = [CorpusText(image.image_id, said) for said in statements if recipe.filter.keeps(image, said)]
        if kept:
            images.append(image)
            texts += kept
        else:
            refused.append(_speechless(item.image, recipe, source, is_filtered=bool(statements)))
        rejects += refused
        texts_left_out += len(statements) - len(kept)
    return DescribedChunk(
        hashed_rows("images", map(IMAGES.write, images)),
        hashed_rows("texts", map(TEXTS.write, texts)),
        rejects,
        texts_left_out,
    )


def _statements_of(
    item: PlannedImage, source: Source, recipe: BuildRecipe, survey: Survey | None
) -> tuple[list[Statement], list[Reject]]:
    """Return captions, then questions, no two of a kind with the same text, and the captions that were refused."""
    image, seed, domain = item.image, recipe.seed, source.domain
    wanted = recipe.captions
    statements = describe(image, captions=wanted.per_image, seed=seed, domain=domain, families=wanted.families)
    rewritten, refusals = twin_statements(image, item.rewritten.__getitem__ if item.rewritten else None)
    statements += rewritten
    if recipe.questions or image.questions:  # those that people wrote are kept in any case, as their captions are
        settings = recipe.questions or AS_SARLANG
        statements += ask(image, settings, seed=seed, domain=domain, survey=survey, rewritten=rewritten)
    distinct: dict[tuple[str, str], Statement] = {}
    for statement in statements:
        distinct.setdefault((statement.kind, statement.text), statement)
    rejects = [
        Reject(source.name, "caption", image.file, f"{refusal.original!r}: {refusal.reason}", "rewrite it by hand")
        for refusal in refusals
    ]
    return list(distinct.values()), rejects


def _speechless(image: AnnotatedImage, recipe: BuildRecipe, source: Source, is_filtered: bool) -> Reject:
    if is_filtered:
        return Reject(source.name, "image", image.file, "no text of it passes the recipe's filter", "widen the filter")
    if image.open_classes:
        of_what = "any class" if EVERY_CLASS in image.open_classes else ", ".join(image.open_classes)
        reason = f"nothing can be said of it: objects of {of_what} were refused, so that none is counted or denied"
        return Reject(source.name, "image", image.file, reason, "correct what is refused of unit box, or remove it")
    if recipe.captions.families and (image.objects or image.label or image.land_cover):
        reason = "the recipe's caption families have nothing to say of it"
        return Reject(source.name, "image", image.file, reason, "name more families in `captions`, or none")
    reason = "nothing can be said of it: no object, label, caption or question"
    advice = "annotate it, or declare `labelled_classes` so that their absence can be said"
    return Reject(source.name, "image", image.file, reason, advice)


def _corpus_image(item: PlannedImage, source: Source) -> CorpusImage:
    image, facts = item.image, item.facts
    return CorpusImage(
        image_id=f"{source.name}/{image.file}",
        source=source.name,
        domain=source.domain,
        sha256=facts.sha256,
        phash=facts.phash,
        quantity=facts.quantity,
        bands=facts.bands,
        split=item.split,
        licence=source.licence,
        nodata=source.nodata,
        annotation=replace(image, notes=(*image.notes, *facts.notes, *item.notes)),
    )
