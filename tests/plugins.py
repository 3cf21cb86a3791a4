"""Packages of others, as the documentation shows them: installed in a folder, and used by the command line."""

import os
import re
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def install_documented(folder: Path, page: str, section: str, module: str) -> None:
    """Put the package of a section on disk as an installer would: its module, and a dist-info with its entry point."""
    _, _, text = (DOCS / page).read_text(encoding="utf-8").partition(f"\n## {section}\n")
    code, project = BLOCK.findall(text)[:2]
    info = folder / f"sarvl_{module}-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / f"{module}.py").write_text(code, encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: sarvl-{module}\nVersion: 1.0\n")
    points = re.sub(r'\[project\.entry-points\."(.*)"\]', r"[\1]", project).replace('"', "")
    (info / "entry_points.txt").write_text(points)


def run_sarvl(site: Path, *arguments: str) -> str:
    """Run the command line with the packages of ``site`` on the path; return what it printed, output and errors."""
    path = os.pathsep.join([str(site), *(entry for entry in sys.path if entry)])
    command = [sys.executable, "-m", "sarvl", *arguments]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
