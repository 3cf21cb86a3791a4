"""Errors: one line each, whatever a file or a library says."""

import pytest

from sarvl.errors import unreadable


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (FileNotFoundError(2, "No such file or directory", "x"), "No such file or directory"),
        (OSError("Couldn't deserialize thrift\nat offset 4"), "Couldn't deserialize thrift"),
        (ValueError(""), "ValueError"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_reason_and_advice(problem, reason):
    assert unreadable("a/b.png", problem) == f"a/b.png: cannot be read ({reason}); check the path"
    assert unreadable("a/b.png", problem, "") == f"a/b.png: cannot be read ({reason})"
