"""Names say what a value is: words that could stand for anything name nothing in the code."""

import ast
from pathlib import Path

import pytest

import sarvl

SOURCES = Path(sarvl.__file__).parent
EMPTY_WORDS = {"found", "lot", "makings", "offer", "slot", "stuff", "tmp"}


def names_in(tree: ast.AST) -> set[str]:
    """Return the names of all values, arguments, fields, functions and classes that a module defines."""
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    named = {node.name for node in ast.walk(tree) if isinstance(node, defined)}
    named |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return named | {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


@pytest.mark.parametrize("package", sorted(path.name for path in SOURCES.iterdir() if path.is_dir()))
def test_no_name_is_an_empty_word(package):
    for path in sorted((SOURCES / package).rglob("*.py")):
        used = {name for name in names_in(ast.parse(path.read_text())) if name.lstrip("_").lower() in EMPTY_WORDS}
        assert not used, f"{path.relative_to(SOURCES)}: {sorted(used)}; name it by what it is"
