"""The data card: README.md of a corpus with its figures, what was refused, and pictures of samples."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import pyarrow as pa

from sarvl.corpus.inspecting.card_figures import draw_figures
from sarvl.corpus.inspecting.card_samples import draw_samples, sample_rows
from sarvl.corpus.inspecting.inspection import Inspection
from sarvl.corpus.inspecting.inspector import inspect_tables
from sarvl.corpus.inspecting.sections import sections_of
from sarvl.corpus.store import Corpus
from sarvl.corpus.tables import SCHEMAS
from sarvl.files import write_text
from sarvl.markdown import escaped, front_matter, hub_licence, row, size_category

_SAMPLES = 8
_VERIFIED_STATEMENTS = 1000


def write_card(corpus: Corpus, rejects: pa.Table, folder: Path) -> None:
    """Write the card of a corpus that has just been built into ``folder``; 1,000 of its statements are verified."""
    draw_card(corpus, inspect_tables(corpus, rejects, None, _VERIFIED_STATEMENTS, workers=1), folder)


def draw_card(corpus: Corpus, inspection: Inspection, folder: Path) -> None:
    """Write ``README.md``, ``samples.png`` and ``figures.png`` into ``folder``."""
    draw_samples(corpus, sample_rows(corpus, _SAMPLES), folder / "samples.png")
    draw_figures(inspection, folder / "figures.png")
    environment = jinja2.Environment(autoescape=False, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - Markdown
    environment.filters |= {"escaped": escaped, "row": row}
    template = environment.from_string(
        files("sarvl.corpus.inspecting").joinpath("card.md.j2").read_text(encoding="utf-8")
    )
    readme = template.render(inspection=inspection, info=corpus.info, sections=sections_of(inspection))
    write_text(folder / "README.md", front_matter(_hub_fields(inspection)) + readme + "\n")


def _hub_fields(inspection: Inspection) -> dict[str, Any]:
    """Return what the Hugging Face Hub lists a data set by; each table is a configuration, for their columns differ."""
    has_task = {
        "image-to-text": inspection.captions.count > 0,
        "visual-question-answering": inspection.questions.count > 0,
        "image-classification": bool(inspection.labels),
        "object-detection": bool(inspection.objects),
    }
    return {
        **hub_licence(source.licence for source in inspection.sources),
        "language": ["en"],
        "pretty_name": f"sarvl corpus {inspection.digest[:12]}",
        "task_categories": [task for task, is_there in has_task.items() if is_there],
        "tags": ["sar", "remote-sensing", "sarvl"],
        "size_categories": [size_category(inspection.counts.images)],
        "configs": [{"config_name": name, "data_files": f"{name}.parquet"} for name in SCHEMAS],
    }
