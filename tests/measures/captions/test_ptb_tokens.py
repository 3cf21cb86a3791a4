import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_strings import made_strings

from sarvl.measures.captions.tokens import PUNCTUATION, ptb_tokens

FOLDER = Path(__file__).parent
PEER = json.loads((FOLDER / "peer_tokens.json").read_text(encoding="utf-8"))
BLOCK = 100
STRINGS = made_strings(BLOCK * len(PEER["digests"]), seed=0)


def digest(tokens: list[list[str]]) -> str:
    return hashlib.sha256(json.dumps(tokens).encode()).hexdigest()[:16]


def test_tokens_equal_the_reference() -> None:
    told = zip(STRINGS, PEER["tokens"], strict=False)
    assert [(text, tokens) for text, tokens in told if ptb_tokens(text) != tokens] == []


def test_tokens_of_a_fifth_of_fifty_thousand_strings_equal_the_reference() -> None:
    """The recording script compares all of them; their digests alone are kept."""
    assert len(STRINGS) == 50_000
    differing = []
    for number in range(0, len(PEER["digests"]), 5):
        tokens = [ptb_tokens(text) for text in STRINGS[number * BLOCK : (number + 1) * BLOCK]]
        if digest(tokens) != PEER["digests"][number]:
            differing.append(number)
    assert differing == []


def test_tokens_of_all_captions_of_rsicd_equal_the_reference(shared_data: Path) -> None:
    entries = json.loads((shared_data / "rsicd" / "captions.json").read_text(encoding="utf-8"))
    tokens = [ptb_tokens(caption) for entry in entries for caption in entry["captions"]]
    assert (len(tokens), digest(tokens)) == (49_140, PEER["rsicd"])


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("A ship's bow isn't near the pier.", ["a", "ship", "'s", "bow", "is", "n't", "near", "the", "pier"]),
        ("about ~10 ships (10x20 m, 5°)", ["about", "~", "10", "ships", "-lrb-", "10x20", "m", "5", "°", "-rrb-"]),
        ("They cannot see No. 5 of 1 1/2 ships", ["they", "can", "not", "see", "no.", "5", "of", "1\xa01/2", "ships"]),
        ("conf. <y> etc. ½ at http://a.com/b?c=1", ["conf", "<y>", "etc.", "1/2", "at", "http://a.com/b?c=1"]),
        ("a ship\nat sea", ["a", "ship", "at", "sea"]),
        ("", []),
    ],
)
def test_tokens_of_an_example(text: str, tokens: list[str]) -> None:
    assert ptb_tokens(text) == tokens


@given(st.text(max_size=60))
def test_any_text_has_tokens_without_blanks_or_punctuation(text: str) -> None:
    for token in ptb_tokens(text):
        assert token not in PUNCTUATION
        assert not set(token) & set(" \t\r\n")


@given(st.lists(st.sampled_from(["ship", "two", "harbour", "near", "the"]), min_size=1))
def test_plain_words_stay_as_they_are(words: list[str]) -> None:
    assert ptb_tokens(" ".join(words) + " .") == words
