"""Damages thousands of small sets and images, and says what came of each: kept, reject, error, or a violation.

Run ``python tests/fuzz/damage_inputs.py --count 10000 --seed 0``. Real data are used where they lie in ../shared/data.
"""

import argparse
import faulthandler
import multiprocessing
import os
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from judging import Case, Verdict, case_of, judge
from small_sets import SmallSet, hand_made_sets, image_sets, real_sets

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CASE_SECONDS = 10
BUILD_SECONDS = 30
START_SECONDS = 120
MEMORY_BYTES = 4 * 2**30
OUTCOMES = ("kept", "reject", "error", "violation")


def sets_of(shared: Path | None) -> list[SmallSet]:
    """Return the sets to damage: those made here, and those cut from real data where ``shared`` is given."""
    return [*hand_made_sets(), *image_sets(), *(real_sets(shared) if shared else [])]


class Run(NamedTuple):
    """What a run of cases shares. shared: folder of real data, or None. build_every: as on the command line."""

    seed: int
    shared: Path | None
    build_every: int
    area: Path

    @property
    def stacks(self) -> Path:
        """The file that a child writes its stack to where it takes too long or dies."""
        return self.area / "stacks.txt"

    def builds(self, number: int) -> bool:
        """Tell whether a corpus is built in a case."""
        return self.build_every > 0 and number % self.build_every == 0

    def seconds(self, number: int) -> int:
        """Return how long a case may take."""
        return BUILD_SECONDS if self.builds(number) else CASE_SECONDS


def verdicts(numbers: Sequence[int], run: Run) -> Iterator[Verdict]:
    """Yield the verdict of each case, judged in a child process that is replaced where it hangs or dies."""
    waiting = list(numbers)
    sets = sets_of(run.shared)
    while waiting:
        receiver, sender = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.get_context("spawn").Process(target=_judge_all, args=(waiting, run, sender))
        child.start()
        sender.close()
        for verdict in _received(receiver, child, case_of(waiting[0], run.seed, sets)[0], run):
            waiting.remove(verdict.case.number)
            yield verdict
        child.join()


def _judge_all(numbers: list[int], run: Run, sender: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sets = sets_of(run.shared)
    if run.build_every:
        import sarvl.corpus.building.builder  # noqa: F401 - takes seconds, which no case should be charged with
    with run.stacks.open("w") as stream:
        os.dup2(stream.fileno(), sys.stderr.fileno())  # what C code complains of
        faulthandler.enable(stream)
        for number in numbers:
            sender.send(case_of(number, run.seed, sets)[0])
            stream.truncate(0)
            faulthandler.dump_traceback_later(run.seconds(number) - 1, file=stream)
            sender.send(judge(number, run.seed, sets, run.area, run.builds(number)))
            faulthandler.cancel_dump_traceback_later()
    sender.close()


def _received(
    receiver: Connection, child: multiprocessing.process.BaseProcess, first: Case, run: Run
) -> Iterator[Verdict]:
    """Yield the verdicts that a child sends, and one of our own where it hangs or dies."""
    under_way: Case | None = None
    while True:
        seconds = run.seconds(under_way.number) if under_way else START_SECONDS
        if not receiver.poll(seconds):
            child.kill()
            yield Verdict(under_way or first, "violation", f"no end in {seconds} s: {_place_in(run.stacks)}")
            return
        try:
            message = receiver.recv()
        except EOFError:
            child.join()
            if under_way or child.exitcode:
                reason = f"the process died with {child.exitcode}: {_place_in(run.stacks)}"
                yield Verdict(under_way or first, "violation", reason)
            return
        under_way = message if isinstance(message, Case) else None
        if isinstance(message, Verdict):
            yield message


def _place_in(stacks: Path) -> str:
    lines = [line.split("/")[-1].strip() for line in stacks.read_text(errors="replace").splitlines()]
    return " < ".join(line for line in lines if " in " in line and "line" in line)[:500]


def table_of(counts: dict[str, Counter[str]]) -> str:
    """Return how many cases of each row came to what."""
    lines = [f"{'':30}" + "".join(f"{name:>11}" for name in (*OUTCOMES, "cases"))]
    total: Counter[str] = sum(counts.values(), Counter())
    for row, found in [*sorted(counts.items()), ("all", total)]:
        cells = [found[name] for name in OUTCOMES] + [found.total()]
        lines.append(f"{row:30}" + "".join(f"{cell:11,}" for cell in cells))
    return "\n".join(lines)


def main() -> int:
    """Run the cases that the command line asks for; return 1 where one is a violation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case, to repeat it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--build-every", type=int, default=10, help="also build a corpus in every n-th case; 0: never")
    parser.add_argument("--made-only", action="store_true", help="no real data, though they are there")
    asked = parser.parse_args()
    shared = SHARED_DATA if SHARED_DATA.is_dir() and not asked.made_only else None
    counts: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory(prefix="sarvl-fuzz-") as area:
        numbers = range(asked.first, asked.first + asked.count)
        run = Run(asked.seed, shared, asked.build_every, Path(area))
        for done, verdict in enumerate(verdicts(numbers, run), 1):
            counts.setdefault(verdict.case.row, Counter())[verdict.outcome] += 1
            if verdict.violation:
                print(f"--seed {asked.seed} --first {verdict.case.number} --count 1: {verdict.case}")
                print(f"    {verdict.violation}", flush=True)
            if done % 500 == 0:
                print(f"{done:,} of {asked.count:,} cases", file=sys.stderr, flush=True)
    print(table_of(counts))
    return int(any(found["violation"] for found in counts.values()))


if __name__ == "__main__":
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    sys.exit(main())
