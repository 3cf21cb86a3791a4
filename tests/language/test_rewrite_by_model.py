"""Rewriting by a model, against a local server that fails in every way that servers fail."""

import json
import pickle
from pathlib import Path

import pytest
from chat_server import FakeClock, Reply, chat_server, playing, says
from pydantic import ValidationError

from sarvl.errors import RecipeError, RewriteError
from sarvl.language.rewrite import (
    Endpoint,
    ModelRewriter,
    Refusal,
    RewriteSettings,
    check_rewrite,
    rewrite_by_rule,
    rewriter_of,
)
from sarvl.language.rewrite.prompt import NOTHING_LEFT, Prompt
from sarvl.recipes import check_recipe

CAPTION = "two white ships in a green port ."
GOOD = says("Two ships in a port.")
PRICES = {"cost_per_million_input_tokens": 10.0, "cost_per_million_output_tokens": 20.0}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def rewriter_at(url: str, cache: Path, clock: FakeClock | None = None, **fields: object) -> ModelRewriter:
    fields = {"max_requests_per_minute": 1e9, "concurrency": 1} | fields
    return ModelRewriter(Endpoint(base_url=url, model="some/model", **fields), cache, (clock or FakeClock()).clock())


def last_words(body: dict) -> str:
    return body["messages"][-1]["content"]


def test_a_good_answer_is_taken_and_asked_for_once(tmp_path):
    with chat_server(playing(says(' "Two ships\nin a port." '))) as (server, url):
        rewriter = rewriter_at(url, tmp_path)
        assert rewriter(CAPTION) == ("Two ships in a port.", CAPTION, "model:some/model")
        assert rewriter(CAPTION) == rewriter_at("http://127.0.0.1:9/other", tmp_path)(CAPTION)
    (body,) = server.requests
    assert (body["model"], body["temperature"], body["seed"], body["max_tokens"]) == ("some/model", 0.0, 0, 200)
    assert [message["role"] for message in body["messages"]] == ["system", *["user", "assistant"] * 8, "user"]
    assert last_words(body) == CAPTION
    assert server.keys == [None]


def test_parameters_that_a_server_refuses_can_be_left_out(tmp_path):
    with chat_server(playing(GOOD)) as (server, url):
        rewriter_at(url, tmp_path, temperature=None, seed=None)(CAPTION)
    assert set(server.requests[0]) == {"model", "messages", "max_tokens"}


def test_a_bad_answer_is_asked_for_again_with_its_problems(tmp_path):
    with chat_server(playing(says("Two white ships in a port."), GOOD)) as (server, url):
        assert rewriter_at(url, tmp_path)(CAPTION).producer == "model:some/model"
    again = server.requests[1]["messages"]
    assert again[:-2] == server.requests[0]["messages"]
    assert again[-2] == {"role": "assistant", "content": "Two white ships in a port."}
    assert "'white' is optical: a radar sees no colour" in again[-1]["content"]


@pytest.mark.parametrize(
    "answers",
    [
        (says("Three ships in a port."), says("Two ships and a bridge in a port.")),
        (says(""), says("I cannot help with that.")),
        (says("Two ships in a", finish_reason="length"), says("Two ships in a", finish_reason="length")),
        (says("NONE."),),
    ],
)
def test_where_the_model_fails_the_rules_stand_in(answers, tmp_path):
    with chat_server(playing(*answers)) as (server, url):
        assert rewriter_at(url, tmp_path)(CAPTION) == ("Two ships in a port.", CAPTION, "rule:rewrite")
    assert len(server.requests) == len(answers)


def test_what_neither_can_rewrite_is_refused_with_both_reasons(tmp_path):
    with chat_server(playing(says("NONE"))) as (_, url):
        result = rewriter_at(url, tmp_path)("the water is green .")
    reason = "by the model: it finds nothing left to say; by rule: no rule can take 'green' out"
    assert result == Refusal("the water is green .", reason)


def test_no_key_and_no_address_stands_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SARVL_TEST_KEY", "sk-secret")
    with chat_server(playing(GOOD)) as (_, url):
        rewriter_at(url, tmp_path, api_key_env="SARVL_TEST_KEY")(CAPTION)
    (entry,) = tmp_path.rglob("*.json")
    assert "sk-secret" not in entry.read_text()
    assert "127.0.0.1" not in entry.read_text()


@pytest.mark.parametrize(
    "broken", ["", "{", "[]", '{"request": {}, "answer": {"text": "Two ships in a port."}}', None, "\ud800"]
)
def test_a_broken_cache_entry_is_asked_for_again_and_said(broken, tmp_path, capsys):
    with chat_server(lambda _: GOOD) as (server, url):
        first = rewriter_at(url, tmp_path)(CAPTION)
        (entry,) = tmp_path.rglob("*.json")
        whole = entry.read_text()
        if broken is None:  # the right request, another's form of answer
            broken = json.dumps({"request": json.loads(whole)["request"], "answer": {"text": 3}})
        entry.write_bytes(broken.encode("utf-8", "surrogatepass"))
        assert rewriter_at(url, tmp_path)(CAPTION) == first
        assert entry.read_text() == whole
    assert len(server.requests) == 2
    assert "broken cache entry, asked again" in capsys.readouterr().err


def test_many_captions_over_several_threads_keep_their_order(tmp_path):
    captions = [f"{number} green ships in a port ." for number in range(3, 40)]
    with chat_server(lambda body: says(last_words(body).replace("green ", ""))) as (server, url):
        results = rewriter_at(url, tmp_path, concurrency=8).rewrite_all([*captions, *captions])
    assert list(results) == captions
    assert [result.text for result in results.values()] == [caption.replace("green ", "") for caption in captions]
    assert len(server.requests) == len(captions)


def test_a_stopped_run_says_what_is_done_and_the_next_goes_on(tmp_path):
    captions = [f"{number} green ships in a port ." for number in range(3, 13)]

    def answer(body: dict) -> Reply:
        return Reply(401) if last_words(body).startswith("8 ") else says(last_words(body).replace("green ", ""))

    with chat_server(answer) as (server, url):
        with pytest.raises(RewriteError, match=r"status 401.*; 5 of 10 captions are rewritten, with 6 requests"):
            rewriter_at(url, tmp_path).rewrite_all(captions)
        assert len(server.requests) == 6
    with chat_server(lambda body: says(last_words(body).replace("green ", ""))) as (server, url):
        assert len(rewriter_at(url, tmp_path).rewrite_all(captions)) == 10
        assert len(server.requests) == 5


def test_an_interrupt_leaves_whole_answers(tmp_path):
    class Interrupted(FakeClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if seconds == 1.0:
                raise KeyboardInterrupt

    with chat_server(playing(GOOD, Reply(500))) as (_, url):
        rewriter = rewriter_at(url, tmp_path, Interrupted())
        with pytest.raises(KeyboardInterrupt):
            rewriter.rewrite_all([CAPTION, "three red ships in a port ."])
    with chat_server(playing(says("Three ships in a port."))) as (_, url):
        assert len(rewriter_at(url, tmp_path).rewrite_all([CAPTION, "three red ships in a port ."])) == 2


def test_the_cost_limit_is_never_passed(tmp_path):
    captions = [f"{number} green ships in a port ." for number in range(3, 33)]
    billed = []

    def answer(body: dict) -> Reply:
        billed.append(900 * 10e-6 + 50 * 20e-6)
        return says(last_words(body).replace("green ", ""), usage=(900, 50))

    with chat_server(answer) as (server, url):
        with pytest.raises(RewriteError, match=r"beyond max_cost 0.2; \d+ of 30 captions are rewritten"):
            rewriter_at(url, tmp_path, concurrency=8, max_cost=0.2, **PRICES).rewrite_all(captions)
        assert 0.15 < sum(billed) <= 0.2
        done = len(server.requests)
        rewriter_at(url, tmp_path, max_cost=1.0, **PRICES).rewrite_all(captions)
        assert len(server.requests) == 30
    assert done == len(list(tmp_path.rglob("*.json"))) - (30 - done)


def test_the_packaged_examples_keep_the_rules():
    examples = Prompt().examples
    assert len(examples) == 8
    assert [example for example in examples if example.sar == NOTHING_LEFT]
    for example in examples:
        assert example.sar == NOTHING_LEFT or check_rewrite(example.optical, example.sar) == []
        assert check_rewrite(example.optical, example.optical) != []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- optical: two red ships\n  sar: two red ships\n", "breaks the rules: 'red' is optical"),
        ("- optical: two red ships\n", "not a list"),
        ("optical: [", "not a list"),
        ("- 1\n", "not a list"),
        (None, "cannot be read"),
    ],
)
def test_examples_of_the_user_are_checked(text, problem, tmp_path):
    path = tmp_path / "examples.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(RewriteError, match=problem) as caught:
        Prompt(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"endpoint": {"base_url": "https://host/v1", "model": "m"}}, "endpoint and cache go together"),
        ({"cache": "answers"}, "endpoint and cache go together"),
        ({"endpoint": {"base_url": "file:///etc", "model": "m"}, "cache": "c"}, "base_url"),
        ({"endpoint": {"base_url": "https://me:secret@host/v1", "model": "m"}, "cache": "c"}, "base_url"),
        ({"endpoint": {"base_url": "https://host", "model": "m", "max_cost": 1}, "cache": "c"}, "both prices"),
        ({"endpoint": {"base_url": "https://host", "model": "m", "api_key": "sk"}, "cache": "c"}, "api_key"),
    ],
)
def test_settings_that_cannot_be_meant(settings, problem, tmp_path):
    with pytest.raises(RecipeError, match=problem):
        check_recipe(settings, RewriteSettings, tmp_path / "recipe.yaml")


def test_settings_give_the_rules_or_a_table_of_the_model_that_can_go_to_another_process(tmp_path):
    assert rewriter_of(RewriteSettings(), [CAPTION]) is rewrite_by_rule
    with chat_server(playing(GOOD)) as (_, url):
        endpoint = Endpoint(base_url=url, model="m")
        rewriter = rewriter_of(RewriteSettings(endpoint=endpoint, cache=tmp_path), [CAPTION, CAPTION])
    assert pickle.loads(pickle.dumps(rewriter))(CAPTION).producer == "model:m"


@pytest.mark.parametrize("kind", [RewriteSettings, Endpoint])
def test_the_documentation_tells_all_settings_with_their_defaults(kind):
    page = (Path(__file__).resolve().parents[2] / "docs" / "rewriting.md").read_text(encoding="utf-8")
    table = page.partition(f"### {kind.__name__}\n")[2].partition("\n#")[0]
    told = {}
    for line in table.splitlines():
        if line.startswith("| `"):
            name, default, _ = (cell.strip(" `") for cell in line.strip("|").split("|"))
            told[name] = default
    needed = {name for name, field in kind.model_fields.items() if field.is_required()}
    assert told == {
        name: "required" if name in needed else "none" if field.default is None else str(field.default)
        for name, field in kind.model_fields.items()
    }


def test_settings_are_off_by_default_frozen_and_relative_to_the_recipe(tmp_path):
    assert RewriteSettings() == RewriteSettings(endpoint=None, cache=None)
    settings = {"endpoint": {"base_url": "https://host/v1", "model": "m"}, "cache": "answers"}
    checked = check_recipe(settings, RewriteSettings, tmp_path / "recipe.yaml")
    assert checked.cache == tmp_path / "answers"
    with pytest.raises(ValidationError):
        checked.cache = tmp_path
