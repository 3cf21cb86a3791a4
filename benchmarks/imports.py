"""How long it takes to open the door: `import sarvl` and `sarvl --help` beside `import numpy`, in one run.

Run: ``python benchmarks/imports.py [--times N]``. Each program is run N times in a fresh Python, in turn, so that what
else the machine does falls on all alike. Printed are the median of the time from start to end of the process, what it
is more than Python's own start, and that as a share of numpy's; then the times that ``python -X importtime`` gives.
To reach: the import about what numpy takes, the help within 0.2 s of it.
"""

import argparse
import re
import subprocess
import sys
import time
from statistics import median

PROGRAMS = {
    "python alone": ["-c", "pass"],
    "import numpy": ["-c", "import numpy"],
    "import sarvl": ["-c", "import sarvl"],
    "sarvl --help": ["-m", "sarvl", "--help"],
    "import sarvl.language": ["-c", "import sarvl.language"],
    "sarvl.describe": ["-c", "import sarvl; sarvl.describe"],
}


def seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def import_ms(module: str) -> float:
    """Return the milliseconds that Python itself counts for a module and all that it imports."""
    command = [sys.executable, "-X", "importtime", "-c", f"import {module}"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = re.findall(rf"\|\s+(\d+) \| {module}$", lines, re.MULTILINE)
    return int(found[-1]) / 1000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--times", type=int, default=15)
    times = arguments.parse_args().times
    measured: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(times):
        for name, program in PROGRAMS.items():
            measured[name].append(seconds(program))
    medians = {name: median(found) for name, found in measured.items()}
    alone = medians["python alone"]
    numpy = medians["import numpy"] - alone
    for name, found in medians.items():
        more = found - alone
        print(f"{name:22} {found:.3f} s, {more:.3f} s more than Python, {more / numpy:.2f} of numpy")
    print(f"sarvl --help is {medians['sarvl --help'] - medians['import numpy']:+.3f} s beside import numpy (aim: +0.2)")
    for module in ("numpy", "sarvl", "sarvl.language"):
        print(f"-X importtime {module}: {median(import_ms(module) for _ in range(times)):.1f} ms")


if __name__ == "__main__":
    main()
