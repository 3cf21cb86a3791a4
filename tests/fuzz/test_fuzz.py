"""A quick slice of the damaged inputs: each is read, refused with a reason, or reported in one line."""

from collections import Counter

from damage_inputs import Run, sets_of, verdicts
from judging import case_of

CASES = 250


def test_damaged_sets_and_images_are_read_refused_or_reported(tmp_path):
    sets = sets_of(None)
    # Bombs of the largest size that is still read take seconds each: the script runs them.
    numbers = [number for number in range(2 * CASES) if case_of(number, 0, sets)[0].kind != "bomb"][:CASES]
    found = list(verdicts(numbers, Run(seed=0, shared=None, build_every=25, area=tmp_path)))
    assert [f"{verdict.case}: {verdict.violation}" for verdict in found if verdict.violation] == []
    outcomes = Counter(verdict.outcome for verdict in found)
    assert sum(outcomes.values()) == CASES
    assert min(outcomes[name] for name in ("kept", "reject", "error")) > CASES // 10
