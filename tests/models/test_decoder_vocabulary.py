"""Vocabulary: pieces that are learnt in the same way each time, and that write every text."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.errors import ModelError
from sarvl.models.vocabulary import bytes_alone, learnt_vocabulary, read_vocabulary

TEXTS = [
    f"{count} {name}s in the {place}."
    for count in (2, 3, 4)
    for name in ("ship", "tank")
    for place in ("north", "south")
]
LEARNT = learnt_vocabulary(TEXTS)


def test_the_order_of_the_texts_and_the_process_change_nothing():
    shuffled = random.Random(1).sample(TEXTS, len(TEXTS))
    assert learnt_vocabulary(shuffled).text() == LEARNT.text()


def test_words_that_come_often_are_few_pieces():
    def length(vocabulary):
        return len(
            [token for token in vocabulary.tokens(["3 ships in the north."], 77)[0] if token < vocabulary.pieces]
        )

    assert (length(bytes_alone()), length(LEARNT)) == (21, 6)


def test_there_are_at_most_4096_ids():
    words = [
        " ".join(random.Random(number).choices("abcdefghijklmnop", k=12)).replace(" ", "") for number in range(3000)
    ]
    assert learnt_vocabulary(words * 2).size == 4096


@given(st.text(max_size=40))
@pytest.mark.parametrize("vocabulary", [bytes_alone(), LEARNT])
def test_every_text_comes_back_as_it_was(vocabulary, text):
    tokens = vocabulary.tokens([text], 300)
    assert vocabulary.words(tokens[0].tolist()) == text
    assert not vocabulary.cut(tokens)


def test_no_text_holds_a_mark():
    """Marks among the pieces would be found in texts: a caption "</s>" would end there."""
    tokens = LEARNT.tokens(["<start><end><pad></s>[PAD]"], 40)[0].tolist()
    marks = [token for token in tokens if token >= LEARNT.pieces]
    assert marks == [LEARNT.start, LEARNT.end] + [LEARNT.padding] * (len(marks) - 2)


def test_a_text_of_just_the_context_is_whole_and_a_longer_one_is_cut():
    vocabulary = bytes_alone()
    tokens = vocabulary.tokens(["a" * 8, "a" * 9, ""], 10)
    assert vocabulary.cut(tokens) == [1]
    assert tokens[2].tolist() == [vocabulary.start, vocabulary.end] + [vocabulary.padding] * 8


def test_a_file_gives_the_same_vocabulary(tmp_path):
    (tmp_path / "v.json").write_text(LEARNT.text())
    read = read_vocabulary(tmp_path / "v.json")
    assert (read.text(), read.sha256) == (LEARNT.text(), LEARNT.sha256)
    assert read.tokens(TEXTS, 20).equal(LEARNT.tokens(TEXTS, 20))


def lose_a_byte(value):
    vocabulary = value["model"]["vocab"]
    vocabulary["xyz"] = vocabulary.pop("a")


def skip_a_number(value):
    value["model"]["vocab"]["a"] = 5000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lose_a_byte, "1 bytes have no piece"),
        (skip_a_number, "it has"),
        (lambda value: value["model"]["merges"].append(["q", "zz"]), "no vocabulary of bytes"),
        (lambda value: value["model"]["merges"].append(["q"]), "no vocabulary of bytes"),
        (lambda value: value.pop("model"), "'model'"),
        (lambda value: value["model"].update(vocab=[]), "no vocabulary of bytes"),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path, change, reason):
    value = json.loads(LEARNT.text())
    change(value)
    (tmp_path / "v.json").write_text(json.dumps(value))
    with pytest.raises(ModelError, match=reason) as caught:
        read_vocabulary(tmp_path / "v.json")
    assert str(caught.value).count("\n") == 0
    assert str(caught.value).endswith("restore it from a backup")
