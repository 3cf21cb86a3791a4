"""Zero-shot prompt templates: sentences with one ``{}`` where the class name goes."""

from collections.abc import Sequence

from sarvl.errors import EvaluationError

SARVLM_TEMPLATES = (
    "a SAR image of {}",
    "a radar image of {}",
    "a synthetic aperture radar image of {}",
    "SAR imagery showing {}",
    "a satellite SAR image of {}",
    "radar remote sensing image of {}",
    "{}.",
    "a photo of {}",
    "an image of {}",
)
"""The nine templates of SARVLM's zero-shot evaluation (Ma et al., arXiv 2510.22665, repository KlayMa527/SARVLM)."""


def fill(templates: Sequence[str], class_name: str) -> tuple[str, ...]:
    """Return one prompt a template; a template without exactly one ``{}`` is an EvaluationError.

    The name is put in as it stands, so that braces in a class name do no harm.
    """
    for template in templates:
        if template.count("{}") != 1:
            raise EvaluationError(f"template {template!r}: has {template.count('{}')} places {{}}; give exactly one")
    return tuple(template.replace("{}", class_name) for template in templates)
