"""Damages the files that sarvl itself writes, and runs whatever reads them: right is a result, or an error of one line.

Run ``python tests/fuzz/own_files.py --count 5000 --seed 0``.
"""

import argparse
import faulthandler
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import safe_open
from safetensors.torch import save_file

sys.path.append(str(Path(__file__).resolve().parents[1]))
sys.path.append(str(Path(__file__).resolve().parents[1] / "annotations"))
from damage import VALUES, damaged, damaged_value
from judging import MOST_CHARACTERS, UNPRINTABLE
from own_area import Area

from sarvl.corpus.inspecting import card
from sarvl.errors import SarvlError

CASE_SECONDS = 60
STRINGS = ("", "\0", "../../x", "x" * 5000, "unknown", "\u202e", "a\nb", "nan", "[]", '{"kind": "x"}', "train", "ship")
INTEGERS = (-1, 0, 1, 2**31 - 1, -(2**31), 7)
FLOATS = (float("nan"), float("inf"), -1.0, 0.0, 1e308, -1e308, 0.5)


def zeroed(data: bytes, random: Random) -> bytes:
    """Return a file whose end, or all of it, is zeros, as some file systems leave it after a loss of power."""
    start = random.choice([0, random.randrange(len(data))])
    return data[:start] + bytes(len(data) - start)


def no_text(data: bytes, random: Random) -> bytes:
    """Return a file that is not UTF-8, blank, or empty."""
    place = random.randrange(len(data))
    return random.choice(
        [data[:place] + b"\xff\xfe" + data[place:], b"", b"\n\n\n", b" ", data.decode().encode("utf-16")]
    )


def other_json(data: bytes, random: Random) -> bytes:
    """Return JSON with one to three of its values, at any depth, replaced or left out."""
    value = json.loads(data)
    for _ in range(random.randrange(1, 4)):
        value = _without(value, random) if random.random() < 0.4 else damaged_value(value, random)
    return json.dumps(value).encode()


def _without(value: Any, random: Random) -> Any:
    """Return a JSON value that lacks one of its keys or items, or has one too many."""
    if not value or not isinstance(value, dict | list):
        return random.choice(VALUES)
    key = random.choice(list(value)) if isinstance(value, dict) else random.randrange(len(value))
    changed = value.copy()
    if isinstance(value[key], dict | list) and value[key] and random.random() < 0.7:
        changed[key] = _without(value[key], random)
    elif isinstance(changed, dict) and random.random() < 0.3:
        changed["more"] = 1
    else:
        del changed[key]
    return changed


def other_lines(data: bytes, random: Random) -> bytes:
    """Return JSON lines of which one is damaged, blank, doubled, lost or moved."""
    lines = data.splitlines(keepends=True)
    place = random.randrange(len(lines))
    ways = [
        lambda line: [other_json(line, random) + b"\n"],
        lambda line: [other_json(line, random) + b"\n"],
        lambda line: [damaged(line, random)],
        lambda line: [b"\n"],
        lambda line: [line, line],
        lambda line: [line.rstrip()],
        lambda line: [b"\0" * len(line) + b"\n"],
        lambda line: [],
    ]
    lines[place : place + 1] = random.choice(ways)(lines[place])
    return b"".join(lines)


def other_table(path: Path, random: Random) -> None:
    """Write a Parquet file with a column lost, renamed or of another type, values replaced, or rows moved."""
    table = pq.read_table(path)
    ways = [_column_lost, _column_renamed, _column_retyped, _rows_moved, *[_values_replaced] * 6]
    for _ in range(random.randrange(1, 3)):
        table = random.choice(ways)(table, random)
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)


def _column_lost(table: pa.Table, random: Random) -> pa.Table:
    return table.drop_columns(random.choice(table.schema.names)) if table.num_columns > 1 else table


def _column_renamed(table: pa.Table, random: Random) -> pa.Table:
    names = table.schema.names
    names[random.randrange(len(names))] = random.choice(["other", names[0]])
    return table.rename_columns(names)


def _column_retyped(table: pa.Table, random: Random) -> pa.Table:
    place = random.randrange(table.num_columns)
    name = table.schema.names[place]
    length = len(table)
    columns = [pa.array(range(length)), pa.array(["x"] * length), pa.nulls(length), pa.array([[1]] * length)]
    column = random.choice(columns)
    return table.set_column(place, name, column)


def _rows_moved(table: pa.Table, random: Random) -> pa.Table:
    rows = list(range(len(table)))
    if not rows:
        return table
    ways = [
        lambda: random.sample(rows, len(rows)),
        lambda: rows[:-1] + rows[:1],
        lambda: rows[:-1],
        lambda: rows + rows[:1],
        lambda: [],
    ]
    return table.take(pa.array(random.choice(ways)(), pa.int64()))


def _values_replaced(table: pa.Table, random: Random) -> pa.Table:
    """Return a table in which one value of a column, or all of them, is another of the same type, or null."""
    place = random.randrange(table.num_columns)
    field = table.schema.field(place)
    values = table.column(place).to_pylist()
    for row in random.choice([range(len(values)), [random.randrange(len(values))] if values else []]):
        values[row] = _other_value(values[row], field.type, random)
    try:
        return table.set_column(place, field, pa.array(values, field.type))
    except pa.ArrowInvalid:  # a value that the format cannot hold, so that no file has it
        return table


def _other_value(value: Any, kind: pa.DataType, random: Random) -> Any:
    if random.random() < 0.25:
        return None
    if pa.types.is_struct(kind):
        inner = random.choice(list(kind))
        return {**(value or {}), inner.name: _other_value((value or {}).get(inner.name), inner.type, random)}
    if pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        return _other_list(list(value or []), kind, random)
    if pa.types.is_string(kind):
        return random.choice(STRINGS)
    if pa.types.is_floating(kind):
        return random.choice(FLOATS)
    return abs(random.choice(INTEGERS)) if pa.types.is_unsigned_integer(kind) else random.choice(INTEGERS)


def _other_list(held: list[Any], kind: pa.DataType, random: Random) -> list[Any]:
    other = _other_value(held[0] if held else None, kind.value_type, random)
    if pa.types.is_fixed_size_list(kind):
        held = held or [0.0] * kind.list_size
        held[random.randrange(len(held))] = other
        return held
    return random.choice([[], [*held, other], [other, *held[1:]], held * 2])


def other_state(path: Path, random: Random) -> None:
    """Write a state whose position is another, or that lacks a tensor."""
    with safe_open(path, "pt") as state:
        tensors = {name: state.get_tensor(name) for name in state.keys()}  # noqa: SIM118 - not a mapping
        metadata = state.metadata()
    if random.random() < 0.2:
        name = random.choice(list(tensors))
        tensors[name] = tensors[name].flatten()[:1].clone()
        if random.random() < 0.5:
            del tensors[name]
    else:
        metadata["position"] = other_json(metadata["position"].encode(), random).decode()
    save_file(tensors, path, metadata=metadata)


def in_its_place(path: Path, random: Random) -> None:
    """Put a folder, a link, a pipe, a socket, a device or a file beyond all limits where the file was."""
    path.unlink()
    ways = [
        path.mkdir,
        lambda: path.symlink_to("/no/such/file"),
        lambda: path.symlink_to(path.name),
        lambda: path.symlink_to("/dev/zero"),
        lambda: path.symlink_to("/dev/null"),
        lambda: path.symlink_to(path.parent),
        lambda: os.mkfifo(path),
        lambda: _bind(path),
        lambda: None,
        lambda: _reserve(path),
    ]
    random.choice(ways)()


def _bind(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(path.name)
    os.chdir(here)


def _reserve(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**35)


Damage = Callable[[Path, Random], None]


def on_bytes(change: Callable[[bytes, Random], bytes]) -> Damage:
    """Return the damage that rewrites a file."""

    def damage(path: Path, random: Random) -> None:
        path.write_bytes(change(path.read_bytes(), random))

    return damage


ANY: list[Damage] = [on_bytes(damaged), on_bytes(zeroed), in_its_place]
DAMAGES: dict[str, list[Damage]] = {
    ".json": [*ANY, on_bytes(no_text), *[on_bytes(other_json)] * 6],
    ".jsonl": [*ANY, on_bytes(no_text), *[on_bytes(other_lines)] * 5],
    ".parquet": [*ANY, *[other_table] * 8],
    ".safetensors": [*ANY, *[other_state] * 5],
    ".npy": [*ANY],
    ".yaml": [*ANY, on_bytes(no_text)],
}


class Verdict(NamedTuple):
    """What came of a case: ``read``, ``error`` or ``violation``, and what was wrong then."""

    case: str
    file: str
    outcome: str
    violation: str = ""


def judge(number: int, seed: int, area: Area) -> Verdict:
    """Damage one file, run one command that reads it, and put all back."""
    random = Random(f"{seed}/{number}")
    files = list(area.readers)
    file = files[number % len(files)]
    readers = area.readers[file]
    reader = readers[number // len(files) % len(readers)]
    path = area.folder / file
    damage = random.choice(DAMAGES[path.suffix])
    case = f"--first {number}: {file}, {reader.__name__}"
    with area.restoring(path, reader):
        damage(path, random)
        try:
            with _limited(CASE_SECONDS), warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                reader()
        except SarvlError as problem:
            said = str(problem)
            wrong = len(said) > MOST_CHARACTERS or UNPRINTABLE.search(said)
            return Verdict(
                case, file, "violation" if wrong else "error", f"no such line: {said[:300]!r}" if wrong else ""
            )
        except BaseException as problem:  # whatever else comes is one
            if isinstance(problem, KeyboardInterrupt):
                raise
            where = [frame for frame in traceback.extract_tb(problem.__traceback__) if "sarvl" in frame.filename][-1]
            text = " ".join(f"{type(problem).__name__}: {problem}".split())[:200]
            return Verdict(case, file, "violation", f"{text} ({Path(where.filename).name}:{where.lineno} {where.name})")
    return Verdict(case, file, "read")


class NoEndError(BaseException):
    """A case took too long."""


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    def stop(_number: int, _frame: object) -> None:
        raise NoEndError(f"no end in {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def verdicts(numbers: Sequence[int], seed: int, folder: Path) -> Iterator[Verdict]:
    """Yield the verdict of each case."""
    area = Area.make(folder)
    for number in numbers:
        yield judge(number, seed, area)


def main() -> int:
    """Run the cases that the command line asks for; return 1 where one is a violation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case, to repeat it")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    faulthandler.enable()
    card.draw_samples = card.draw_figures = lambda *given: given[-1].touch()  # take nine tenths of a merge
    counts: dict[str, Counter[str]] = {}
    folder = Path(tempfile.mkdtemp(prefix="sarvl-own-"))
    try:
        for verdict in verdicts(range(asked.first, asked.first + asked.count), asked.seed, folder):
            counts.setdefault(verdict.file, Counter())[verdict.outcome] += 1
            if verdict.violation:
                print(f"{verdict.case}\n    {verdict.violation}", flush=True)
            if (done := sum(found.total() for found in counts.values())) % 500 == 0:
                print(f"{done:,} of {asked.count:,} cases", flush=True)
    finally:
        shutil.rmtree(folder)
    for file, found in [*sorted(counts.items()), ("all", sum(counts.values(), Counter()))]:
        print(f"{file:40}" + "".join(f"{name} {found[name]:6,}  " for name in ("read", "error", "violation")))
    return int(any(found["violation"] for found in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
