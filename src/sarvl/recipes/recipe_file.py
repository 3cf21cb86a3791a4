"""Recipe files: YAML checked by pydantic, with paths relative to the file and overrides from the command line."""

import re
from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from sarvl.errors import RecipeError, unreadable
from sarvl.files import FilePath, file_bytes, real_path
from sarvl.recipes.plain_words import in_plain_words
from sarvl.recipes.recipe_model import UNKNOWN_FIELD

MAX_RECIPE_BYTES = 2**24
Recipe = TypeVar("Recipe", bound=BaseModel)


def load_recipe(
    path: FilePath, kind: type[Recipe], overrides: Sequence[str] = (), included_by: tuple[Path, ...] = ()
) -> Recipe:
    """Read the YAML file ``path`` as a ``kind``; ``overrides`` are ``a.b.0=value`` with the value in YAML.

    included_by: the recipes that this one is read for; validators find them, and this one, as ``recipes`` in the
    context. Raises RecipeError that names the file, the path of each wrong field, and what it expects.
    """
    path = Path(path)
    value = _read_yaml(path)
    override_fields(value, overrides)
    return check_recipe(value, kind, path, included_by)


def recipe_of(given: Recipe | FilePath, kind: type[Recipe]) -> Recipe:
    """Return a recipe that is one already, or read it from the YAML file that ``given`` names."""
    return given if isinstance(given, kind) else load_recipe(given, kind)  # type: ignore[arg-type]


def check_recipe(value: Any, kind: type[Recipe], path: FilePath, included_by: tuple[Path, ...] = ()) -> Recipe:
    """Check a recipe already read from YAML; ``path`` names its file in errors and anchors its paths."""
    path = Path(path)
    try:
        context = {"folder": path.absolute().parent, "recipes": (*included_by, real_path(path))}
        return kind.model_validate(value, context=context)
    except ValidationError as problem:
        raise RecipeError(f"{path}: {first_problem(problem, 'the recipe', value)}") from problem


def first_problem(problem: ValidationError, whole: str, given: Any = None) -> str:
    """Return one line about the first error: an unknown field before a missing one, which it may have meant to be.

    It begins with the path of the wrong field, or with ``whole`` where it is no field's. given: what was checked, where
    it is at hand: names that pydantic puts into a path and that do not stand there are left out.
    """
    errors = problem.errors()
    # A list whose items are wrong is called too short as well: what holds another error is none of its own.
    holders = {error["loc"][:depth] for error in errors for depth in range(len(error["loc"]))}
    own = [error for error in errors if error["loc"] not in holders]
    first = min(own, key=lambda error: error["type"] not in ("extra_forbidden", UNKNOWN_FIELD))
    where = ".".join(_path_of(first["loc"], given)) or whole
    others = len(own) - 1
    more = f" (and {others} more {'error' if others == 1 else 'errors'})" if others else ""
    return f"{where}: {in_plain_words(first)}{more}"


def _path_of(loc: tuple[int | str, ...], given: Any) -> Iterator[str]:
    """Yield the parts of a place that stand in the file; the last one may be missing there."""
    for depth, part in enumerate(loc, start=1):
        is_form = isinstance(given, dict) and part not in given and depth < len(loc)  # such as kind: fitted
        if is_form or not _is_of_the_user(part):
            continue
        yield str(part)
        try:
            given = given[part]
        except (LookupError, TypeError):
            given = None


def _is_of_the_user(part: str | int) -> bool:
    """Return whether a part of a place stands in the file: of a union pydantic adds which of its types was tried."""
    return isinstance(part, int) or not re.search(r"\[|^(int|float|bool|str|none|dict|list|tuple|date|path)$", part)


class _UniqueKeys(yaml.SafeLoader):
    """YAML in which a field that stands twice is an error: the first one would be dropped."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _read_yaml(path: Path) -> Any:
    try:
        if file_bytes(path) > MAX_RECIPE_BYTES:
            raise RecipeError(f"{path}: larger than {MAX_RECIPE_BYTES} bytes; give a recipe, not data")
        with path.open(encoding="utf-8") as file:  # the loader takes its name into messages
            value = _UniqueKeys(file).get_single_data()
    except OSError as problem:
        raise RecipeError(unreadable(path, problem)) from problem
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        reason = " ".join(str(problem).split())
        raise RecipeError(f"{path}: not valid YAML ({reason})") from problem
    if not isinstance(value, dict):
        raise RecipeError(f"{path}: not a recipe: its top level must be `field: value` lines")
    return value


def override_fields(value: Any, overrides: Sequence[str]) -> None:
    """Set fields of what was read from YAML, each ``a.b.0=value``; RecipeError where there is no such place."""
    for override in overrides:
        _override(value, override)


def _override(value: Any, override: str) -> None:
    field, equals, text = override.partition("=")
    if not equals:
        raise RecipeError(f"--set {override}: write FIELD=VALUE, such as seed=1 or stages.0.epochs=2")
    try:
        parsed = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as problem:
        raise RecipeError(f"--set {override}: the value is not YAML; quote it, as in FIELD='\"*.png\"'") from problem
    *parents, last = field.split(".")
    try:
        for part in parents:
            place = int(part) if isinstance(value, list) else part
            inner = {} if isinstance(value, dict) and part not in value else value[place]
            # An alias of YAML is the same object in several places, of which one is to change.
            value[place] = value = copy(inner)
        value[int(last) if isinstance(value, list) else last] = parsed
    except (LookupError, ValueError, TypeError, AttributeError) as problem:
        raise RecipeError(f"--set {override}: no such field in the recipe") from problem
