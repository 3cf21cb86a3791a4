"""Captions of the optical twin as statements of a SAR image, and the check of such a statement against its twin."""

from collections.abc import Callable, Iterable

from sarvl.annotations import AnnotatedImage
from sarvl.language.rewrite.by_model import ModelRewriter
from sarvl.language.rewrite.by_rule import rewrite_by_rule
from sarvl.language.rewrite.check import check_rewrite
from sarvl.language.rewrite.result import Refusal, RewrittenCaption
from sarvl.language.rewrite.rewrite_settings import RewriteSettings
from sarvl.language.statement import Statement

REWRITTEN = "rewritten"
Rewriter = Callable[[str], RewrittenCaption | Refusal]


def rewriter_of(settings: RewriteSettings, captions: Iterable[str]) -> Rewriter:
    """Return what rewrites by ``settings``: the rules, or a table of what the model, asked now, makes of ``captions``.

    Raises RewriteError where the endpoint does not answer for all of them.
    """
    if settings.endpoint is None or settings.cache is None:
        return rewrite_by_rule
    return ModelRewriter(settings.endpoint, settings.cache).rewrite_all(captions).__getitem__


def rewrite_twin_captions(
    captions: Iterable[str], rewriter: Rewriter | None = None
) -> tuple[list[RewrittenCaption], list[Refusal]]:
    """Return the rewritten captions, no two of one text, and the refusals; by rule where no ``rewriter`` is given."""
    rewritten: dict[str, RewrittenCaption] = {}
    refusals = []
    for caption in dict.fromkeys(captions):
        result = (rewriter or rewrite_by_rule)(caption)
        if isinstance(result, Refusal):
            refusals.append(result)
        else:
            rewritten.setdefault(result.text, result)
    return list(rewritten.values()), refusals


def twin_statements(image: AnnotatedImage, rewriter: Rewriter | None = None) -> tuple[list[Statement], list[Refusal]]:
    """Return the captions of the optical twin of ``image`` as statements of family "rewritten", and those refused.

    They claim nothing that the annotation could bear out: they rest on ``image.twin_captions``.
    """
    rewritten, refusals = rewrite_twin_captions(image.twin_captions, rewriter)
    return [Statement(caption.text, REWRITTEN, (), caption.producer) for caption in rewritten], refusals


def problems_with_rewritten(statement: Statement, image: AnnotatedImage) -> list[str]:
    """Return what is wrong with a statement of family "rewritten": nothing where a caption of the twin bears it out."""
    if statement.claims:
        return ["a rewritten caption rests on its twin's caption, yet it makes claims"]
    by_caption = [sorted(check_rewrite(original, statement.text)) for original in image.twin_captions]
    return min(by_caption, key=len, default=["the image has no caption of an optical twin"])
