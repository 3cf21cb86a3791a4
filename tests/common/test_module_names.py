"""Modules are what their names say: no package hides one behind a value, and no name stands twice in a room."""

import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules, walk_packages
from types import ModuleType

import pytest

import sarvl
from sarvl.annotations.format import FORMATS
from sarvl.corpus.export.form import EXPORTS
from sarvl.evaluation.task import TASKS
from sarvl.language import CAPTION_FAMILIES, CLAIM_KINDS, QUESTION_KINDS
from sarvl.models import LOADERS
from sarvl.models.kind import MODEL_KINDS
from sarvl.training.objective import OBJECTIVES

SOURCES = Path(sarvl.__file__).parent
PACKAGES = ["sarvl", *(module.name for module in walk_packages(sarvl.__path__, "sarvl.") if module.ispkg)]
# There a file is named as its item is in recipes and tables: `size` is a claim, a caption family and a question kind.
NAMED_BY_ITEM = {
    registry.package
    for registry in (
        FORMATS,
        EXPORTS,
        CAPTION_FAMILIES,
        QUESTION_KINDS,
        CLAIM_KINDS,
        OBJECTIVES,
        TASKS,
        LOADERS,
        MODEL_KINDS,
    )
}


@pytest.mark.parametrize("name", PACKAGES)
def test_no_value_stands_where_a_module_does(name):
    """``import sarvl.corpus.builder`` must give the module, whatever the package offers under that name."""
    package = import_module(name)
    modules = [module.name for module in iter_modules(package.__path__) if module.name != "__main__"]
    for module in modules:
        import_module(f"{name}.{module}")
    for offered in getattr(package, "__all__", ()):
        getattr(package, offered)  # what is lazy takes its place now
    assert [module for module in modules if getattr(package, module) is not sys.modules[f"{name}.{module}"]] == []
    assert all(isinstance(getattr(package, module), ModuleType) for module in modules)


@pytest.mark.parametrize("room", sorted(path.parent.name for path in SOURCES.glob("*/__init__.py")))
def test_no_file_name_stands_twice_in_a_room(room):
    names = Counter(
        path.stem
        for path in (SOURCES / room).rglob("*.py")
        if path.stem != "__init__" and ".".join(path.relative_to(SOURCES.parent).parent.parts) not in NAMED_BY_ITEM
    )
    assert [name for name, count in names.items() if count > 1] == []
