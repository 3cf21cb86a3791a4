"""A quick slice of the damaged files of our own: each is read, or reported in one line."""

from collections import Counter

import pytest
from own_area import Area
from own_files import judge

CASES = 300
SLOW = {"retrain", "resume", "evaluate"}  # the script runs them


@pytest.fixture(scope="module")
def area(tmp_path_factory) -> Area:
    return Area.make(tmp_path_factory.mktemp("own"))


def test_every_reader_reads_its_files_while_they_are_whole(area):
    for reader in {reader.__name__: reader for readers in area.readers.values() for reader in readers}.values():
        with area.restoring(area.folder / "rows.jsonl", reader):
            reader()


def test_damaged_files_of_our_own_are_read_or_reported(area):
    area.readers = {
        file: kept for file, readers in area.readers.items() if (kept := [r for r in readers if r.__name__ not in SLOW])
    }
    found = [judge(number, 0, area) for number in range(CASES)]
    assert [f"{verdict.case}: {verdict.violation}" for verdict in found if verdict.violation] == []
    outcomes = Counter(verdict.outcome for verdict in found)
    assert min(outcomes["read"], outcomes["error"]) > CASES // 10
