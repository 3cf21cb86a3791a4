"""The score of SARLANG-1M's published script, kept as it is so that figures can be held against its tables.

Its rule: both texts in lower case; a prediction that contains the right answer, anywhere, is right; else one whose
right answer is yes, no or a number below 100 is wrong; else a judge model decides. Its faults: "1" is right in "10",
"no" in "north", "ship" in "there is no ship"; and its exact comparison never gives 1, since an equal text contains the
answer.
Source: Wei et al., SARLANG-1M, 2025, repository Jimmyxichen/SARLANG-1M, Evaluate_VQA.py.
"""

_EXACT = frozenset(("yes", "no", *map(str, range(100))))


def legacy_score(answer: str, prediction: str) -> bool | None:
    """Return whether the script counts a prediction as right; None where it asks its judge."""
    right, said = answer.lower(), prediction.lower()
    if right in said:
        return True
    return False if right in _EXACT else None
