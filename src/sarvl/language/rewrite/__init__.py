"""Rewriting: captions of an optical twin become captions of the SAR image, and each is checked by machine."""

from sarvl.language.rewrite.by_model import ModelRewriter
from sarvl.language.rewrite.by_rule import rewrite_by_rule
from sarvl.language.rewrite.check import check_rewrite
from sarvl.language.rewrite.result import Refusal, RewrittenCaption
from sarvl.language.rewrite.rewrite_settings import Endpoint, RewriteSettings
from sarvl.language.rewrite.twins import (
    REWRITTEN,
    Rewriter,
    problems_with_rewritten,
    rewrite_twin_captions,
    rewriter_of,
    twin_statements,
)

__all__ = [
    "REWRITTEN",
    "Endpoint",
    "ModelRewriter",
    "Refusal",
    "RewriteSettings",
    "Rewriter",
    "RewrittenCaption",
    "check_rewrite",
    "problems_with_rewritten",
    "rewrite_by_rule",
    "rewrite_twin_captions",
    "rewriter_of",
    "twin_statements",
]
