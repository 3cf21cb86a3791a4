"""Tokens: every way to part a text finds the same words in it."""

import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.language.words.tokens import BETWEEN_WORDS, matches_of, tokens_of


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("A SAR image of 12 ships.", ["a", "sar", "image", "of", "12", "ships", "."]),
        ("T72-tank, 2S1_howitzer", ["t72", "tank", ",", "2s1", "howitzer"]),
        ("1,200 m by 3.5 m", ["1,200", "m", "by", "3.5", "m"]),
        ("à l'église", ["à", "l", "'", "église"]),
    ],
)
def test_words_numbers_and_signs(text, tokens):
    assert tokens_of(text) == tokens


# No sign between two digits, which makes one number of them, and no mark that only a letter before it makes a word.
PLAIN = st.text(st.sampled_from("abzÀéßж木 -_'!?\n"), max_size=40)


@given(PLAIN)
def test_words_counted_in_bulk_are_those_of_the_reader(text):
    (parted,) = pc.split_pattern_regex(pa.array([text.lower()]), BETWEEN_WORDS).to_pylist()
    words = [token for token in tokens_of(text) if re.match(r"\w", token)]
    assert (
        [word for word in parted if word]
        == words
        == [match[0].lower() for match in matches_of(text) if re.match(r"\w", match[0])]
    )
