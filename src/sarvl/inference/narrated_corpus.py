"""The corpus of narrated images: a build over the captions that were kept, whose statements name the model."""

import os
from collections.abc import Sequence
from pathlib import Path

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.errors import ModelError
from sarvl.inference.jobs import Job
from sarvl.inference.ledger import refused_beside
from sarvl.language.words.lexicon import Domain
from sarvl.recipes import check_recipe

SOURCE = "narrated"


def build_narrated(out: Path, captions: Path, jobs: Sequence[Job], domain: Domain, workers: int | None) -> Corpus:
    """Build the corpus ``out`` of the images of ``jobs`` that have a caption in ``captions``, and return it, opened.

    Those that were refused, in the file beside it, are its rejects.

    Its one source is called ``narrated``; splits are those that ``captions`` names. Raises ModelError where the images
    are read in several ways, which one source cannot say.
    """
    readings = {(job.reading.quantity, job.reading.bands, job.reading.nodata) for job in jobs}
    if len(readings) > 1:
        raise ModelError(
            f"{out}: its images are read in {len(readings)} ways, of which a source has one; give a .jsonl file as "
            "out, and build from it by a recipe with a source for each"
        )
    quantity, bands, nodata = next(iter(readings))
    refused = refused_beside(captions)
    root = os.path.commonpath([job.path.parent for job in jobs])
    source = {
        "name": SOURCE,
        "format": "captions",
        "images": root,
        "annotations": str(captions.absolute()),
        "options": {"prefix": f"{root}{os.sep}", "refused": str(refused.absolute()) if refused.exists() else None},
        "domain": domain,
        "quantity": quantity,
        "bands": bands or None,
        "nodata": nodata,
        "official_splits": True,
        "licence": "; ".join(sorted({job.licence for job in jobs})),
    }
    return build(check_recipe({"sources": [source]}, BuildRecipe, out), out, workers)
