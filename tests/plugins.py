"""Packages of others, as the documentation shows them: installed in a folder, and used by the command line."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "architecture.md"
SECTION = re.compile(r"^### (An? [^\n]* of your own)\n(.*?)(?=^##)", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# The commands run one after the other in one fresh process, as the entry point runs them: a process each would load
# PyTorch each time.
RUNNER = """
import json, sys
from sarvl import cli
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["sarvl", *arguments]
    try:
        cli.main()
    except SystemExit:
        pass
    print(end="\\f", flush=True)
"""


def documented() -> dict[str, tuple[str, str]]:
    """Return the module and the lines of ``pyproject.toml`` of every example, by its section."""
    examples = {}
    for section, text in SECTION.findall(PAGE.read_text(encoding="utf-8")):
        module, project = BLOCK.findall(text)[:2]
        examples[section] = module, project
    return examples


def install_documented(folder: Path, section: str) -> None:
    """Put the package of a section on disk as an installer would: its module, and a dist-info with its entry points."""
    code, project = documented()[section]
    groups = tomllib.loads(project)["project"]["entry-points"]
    (module,) = {value.partition(":")[0] for group in groups.values() for value in group.values()}
    info = folder / f"sarvl_{module}-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / f"{module}.py").write_text(code, encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: sarvl-{module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("".join(f"[{name}]\n{lines_of(group)}" for name, group in groups.items()))


def lines_of(group: dict[str, str]) -> str:
    return "".join(f"{name} = {value}\n" for name, value in group.items())


def run_sarvl(site: Path, *commands: list[str]) -> list[str]:
    """Run the command line with the packages of ``site`` on the path; return what each command printed, with errors."""
    path = os.pathsep.join([str(site), *(entry for entry in sys.path if entry)])
    command = [sys.executable, "-u", "-c", RUNNER, json.dumps(commands)]
    plain = os.environ | {"PYTHONPATH": path, "COLUMNS": "200"}
    pipe = subprocess.PIPE
    done = subprocess.run(command, env=plain, stdout=pipe, stderr=subprocess.STDOUT, text=True, check=False)
    *printed, rest = done.stdout.split("\f")
    assert not rest, rest
    return printed
