"""The cache of answers: a damaged entry is said, and asked again."""

import json
import os

import pytest

from sarvl.endpoint.answers import Answer, AnswerCache

BODY = {"model": "m", "messages": []}
ANSWER = Answer(text="Two ships.", finish_reason="stop", input_tokens=1, output_tokens=2)


@pytest.mark.parametrize("text", ["\ud800", None, 7, ["Two ships."]])
def test_an_entry_whose_text_is_none_is_asked_again(tmp_path, text, capsys):
    cache = AnswerCache(tmp_path)
    cache.put(BODY, ANSWER)
    assert cache.get(BODY) == ANSWER
    entry = json.loads(cache.path_of(BODY).read_text())
    entry["answer"]["text"] = text
    cache.path_of(BODY).write_text(json.dumps(entry))
    assert cache.get(BODY) is None
    assert "broken cache entry, asked again" in capsys.readouterr().err


def test_an_entry_that_is_a_pipe_is_asked_again(tmp_path):
    cache = AnswerCache(tmp_path)
    cache.path_of(BODY).parent.mkdir(parents=True)
    os.mkfifo(cache.path_of(BODY))
    assert cache.get(BODY) is None
