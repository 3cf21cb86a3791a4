"""Write the tables of recipe fields, formats and loaders into the pages, between ``<!-- table: NAME -->`` and its end.

NAME is the model of a part of a recipe, ``formats`` for the list of formats, or ``loaders`` for that of model loaders.
``make docs`` calls this; a test checks that nothing is left to write.
"""

import json
import re
from collections.abc import Iterator
from os.path import relpath
from pathlib import Path
from typing import Any

from sarvl.annotations.format import FORMATS
from sarvl.corpus import BuildRecipe
from sarvl.evaluation.task import TASKS
from sarvl.models import LOADERS
from sarvl.recipes import recipe_schema
from sarvl.simulation.composing import ComposeRecipe
from sarvl.training import TrainRecipe
from sarvl.training.objective import OBJECTIVES

DOCS = Path(__file__).parent
MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)
LONGEST_DEFAULT = 40  # characters; a longer one is told in the text of the page


def recipe_models() -> dict[str, dict[str, Any]]:
    """Return the JSON schema of every part of a recipe by the name of its model."""
    models: dict[str, dict[str, Any]] = {}
    settings = [task.settings for _, task in TASKS.items() if task.settings]
    options = [of.options for registry in (FORMATS, OBJECTIVES) for _, of in registry.items()]
    for kind in (BuildRecipe, TrainRecipe, ComposeRecipe, *settings, *options):
        schema = recipe_schema(kind)
        models |= {kind.__name__: schema} | schema.get("$defs", {})
    return {name: fields for name, schema in models.items() for fields in with_properties(schema)}


def with_properties(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the part of a schema that has fields, which may be one choice of several."""
    for choice in (schema, *schema.get("anyOf", ())):
        if choice.get("properties"):
            yield choice


def pages() -> list[Path]:
    """Return the pages of the documentation."""
    return sorted(DOCS.rglob("*.md"))


def table_places() -> dict[str, str]:
    """Return where each table stands: page and heading, such as ``recipes.md#source``."""
    places = {}
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for mark in MARKED.finditer(text):
            heading = re.findall(r"^#+ (.*)$", text[: mark.start()], re.MULTILINE)[-1]
            places[mark[2]] = f"{page.relative_to(DOCS).as_posix()}#{heading.lower().replace(' ', '-')}"
    return places


def with_tables(page: Path) -> str:
    """Return the text of a page with its tables as the code has them now."""
    models, places = recipe_models(), table_places()

    def table(mark: re.Match[str]) -> str:
        lists = {"formats": format_rows, "loaders": loader_rows}
        rows = lists[mark[2]](page) if mark[2] in lists else field_rows(models[mark[2]], page, places)
        head, *lines = (f"| {' | '.join(row)} |\n" for row in rows)
        return f"{mark[1]}\n{head}{'|---' * (head.count('|') - 1)}|\n{''.join(lines)}\n{mark[3]}"

    return MARKED.sub(table, page.read_text(encoding="utf-8"))


def field_rows(model: dict[str, Any], page: Path, places: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield head and rows of the table of a model's fields."""
    yield "field", "default", "what it is"
    for name, field in model["properties"].items():
        parts = [part for part in parts_of(field) if part in places]
        links = [f"[{part}]({link(places[part], page)})" for part in parts]
        default = "required" if name in model.get("required", ()) else default_told(field, links)
        see = f" See {links[0]}." if links and default != f"see {links[0]}" else ""
        yield f"`{name}`", default, field.get("description", "").replace("|", "\\|") + see


def default_told(field: dict[str, Any], links: list[str]) -> str:
    """Return a default as the tables tell it."""
    default = field["default"]
    if isinstance(default, dict) and default and links:
        return f"see {links[0]}"
    if default is None or default == "":
        return "none" if default is None else "empty"
    text = default if isinstance(default, str) else json.dumps(default)
    return f"`{text}`" if len(text) <= LONGEST_DEFAULT else "see the text"


def parts_of(field: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the models that a field's value holds."""
    if "$ref" in field:
        yield field["$ref"].removeprefix("#/$defs/")
    for inner in (*field.get("anyOf", ()), *([field["items"]] if "items" in field else ())):
        yield from parts_of(inner)


def link(place: str, page: Path) -> str:
    """Return the link from a page to where a table stands."""
    target, mark, heading = place.partition("#")
    return mark + heading if mark and DOCS / target == page else relpath(DOCS / target, page.parent) + mark + heading


def format_rows(page: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield head and rows of the table of formats; on the page of one, its own row."""
    yield "format", "reads", "`annotations`", "gives"
    names = FORMATS.names()
    for name in [page.stem] if page.stem in names else names:
        form = FORMATS.get(name)
        yield f"[`{name}`]({link(f'formats/{name}.md', page)})", form.reads, form.annotations or "none", form.gives


def loader_rows(_page: Path) -> Iterator[tuple[str, str]]:
    """Yield head and rows of the table of model loaders."""
    yield "name", "gives"
    for prefix, loader in LOADERS.items():
        yield f"`{prefix}:{loader.takes}`", loader.gives


if __name__ == "__main__":
    for path in pages():
        path.write_text(with_tables(path), encoding="utf-8")
