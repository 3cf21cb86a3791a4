"""The pages of the documentation: every page is in the menu, every link leads somewhere, every public name is told."""

import ast
import shutil
import subprocess
import sys
import zlib
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src" / "sarvl"
PACKAGES = sorted(path.parent for path in SOURCES.glob("*/__init__.py"))


def pages_of(menu: object) -> list[str]:
    if isinstance(menu, str):
        return [menu]
    parts = menu if isinstance(menu, list) else menu.values() if isinstance(menu, dict) else []
    return [page for part in parts for page in pages_of(part)]


def public_names(package: Path) -> list[str]:
    """Return the names that a package's ``__all__`` lists, without importing it."""
    for node in ast.parse((package / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def test_every_page_is_in_the_menu_once() -> None:
    menu = pages_of(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    docs = ROOT / "docs"
    assert sorted(menu) == sorted(path.relative_to(docs).as_posix() for path in docs.rglob("*.md"))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_package_stands_in_the_reference(package: Path) -> None:
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")]
    assert sum(page.count(f"\n::: sarvl.{package.name}\n") for page in pages) == 1


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the pages elsewhere, as ``make docs`` does."""
    if find_spec("zensical") is None:
        pytest.skip("zensical is not installed; it comes with the extra docs")
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    for name in ("docs", "src"):
        shutil.copytree(ROOT / name, folder / name)
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "build" / "docs"


def test_the_pages_build_without_a_warning(site: Path) -> None:
    assert "first_picture.svg" in (site / "index.html").read_text(encoding="utf-8")


def test_the_reference_has_every_public_name(site: Path) -> None:
    # The inventory: four lines of head, then one line a name, compressed.
    *_, packed = (site / "objects.inv").read_bytes().split(b"\n", 4)
    told = {line.split(" ")[0] for line in zlib.decompress(packed).decode().splitlines()}
    assert not [name for name in public_names(SOURCES) if f"sarvl.{name}" not in told]
    # Some stand under the name of their module, where the package has a module of the same name.
    missing = [
        f"{package.name}.{name}"
        for package in PACKAGES
        for name in public_names(package)
        if not any(found.startswith(f"sarvl.{package.name}.") and found.endswith(f".{name}") for found in told)
    ]
    assert missing == []
