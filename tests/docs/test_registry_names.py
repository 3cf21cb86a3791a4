"""What can be plugged in stands in the pages by its name: one that is added is missed by this test until it is told."""

from pathlib import Path

import pytest

from sarvl.annotations.format import FORMATS
from sarvl.corpus.export.form import EXPORTS
from sarvl.evaluation.predictions.prediction_format import PREDICTION_FORMATS
from sarvl.evaluation.task import TASKS
from sarvl.language import CAPTION_FAMILIES, CLAIM_KINDS, QUESTION_KINDS
from sarvl.models.adapting.image_start import IMAGE_STARTS
from sarvl.training.objective import OBJECTIVES

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {
    FORMATS: "formats.md",
    EXPORTS: "export.md",
    CAPTION_FAMILIES: "language.md",
    CLAIM_KINDS: "architecture.md",
    QUESTION_KINDS: "questions.md",
    OBJECTIVES: "training.md",
    IMAGE_STARTS: "models.md",
    TASKS: "evaluation.md",
    PREDICTION_FORMATS: "evaluation.md",
}
NAMES = [(registry.kind, name, page) for registry, page in PAGES.items() for name in registry.names()]


@pytest.mark.parametrize(("kind", "name", "page"), NAMES, ids=[f"{kind} {name}" for kind, name, _ in NAMES])
def test_every_item_is_told_by_name(kind, name, page):
    text = (DOCS / page).read_text(encoding="utf-8")
    assert f"`{name}`" in text or f"[{name}]" in text or f"| {name} |" in text, f"{page} does not tell of {kind} {name}"
