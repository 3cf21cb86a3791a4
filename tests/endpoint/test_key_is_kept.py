"""A server that sends the key back: in whatever writing, it stands in no answer, cache or error."""

import base64
import html
import json
from urllib.parse import quote

import pytest
from chat_server import FakeClock, Reply, chat_server, says
from hypothesis import given
from hypothesis import strategies as st

from sarvl.endpoint.chat import ChatClient
from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.endpoint.secret_key import SecretKey
from sarvl.errors import EndpointError, RewriteError
from sarvl.language.rewrite.by_model import ModelRewriter
from sarvl.language.rewrite.rewrite_settings import Endpoint

KEY = "sk-proj/7Q+w=Zt3&Xb9_vLm2"
BODY = {"model": "m", "max_tokens": 20, "messages": [{"role": "user", "content": "two white ships"}]}
WRITINGS = {
    "plain": KEY,
    "bearer": f"Authorization: Bearer {KEY}",
    "capitals": KEY.upper(),
    "json": "".join(f"\\u{ord(sign):04x}" for sign in KEY),
    "slashes": json.dumps(KEY).replace("/", "\\/"),
    "url": quote(KEY, safe=""),
    "html": html.escape(KEY).replace("+", "&#43;"),
    "base64": base64.b64encode(KEY.encode()).decode(),
    "base64 of the header": base64.b64encode(f"Bearer {KEY}".encode()).decode(),
    "base64 of a pair": base64.urlsafe_b64encode(f"me:{KEY}".encode()).decode(),
    "hexadecimal": KEY.encode().hex(),
    "spaced": " ".join(KEY),
    "lines": KEY[:9] + "\n" + KEY[9:],
    "first half": f"{KEY[:12]}***",
    "last half": f"…{KEY[-12:]}",
}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("SARVL_TEST_KEY", KEY)


def client_at(url: str) -> ChatClient:
    settings = EndpointSettings(
        base_url=url, model="m", api_key_env="SARVL_TEST_KEY", retries=0, max_requests_per_minute=1e9
    )
    return ChatClient(settings, FakeClock().clock())


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("part", ["content", "finish_reason"])
def test_an_answer_that_holds_the_key_is_refused(writing, part):
    said = {"text": "Two ships.", "finish_reason": "stop"}
    said["text" if part == "content" else part] = f"Two ships. {WRITINGS[writing]}"
    is_expected = pytest.raises(EndpointError, match="an answer holds the key of SARVL_TEST_KEY, and nothing of it is")
    with chat_server(lambda _: says(**said)) as (server, url), is_expected as caught:
        client_at(url).ask(BODY)
    assert not SecretKey(KEY).is_in(str(caught.value))
    assert len(server.requests) == 1


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("status", [200, 401, 500])
def test_no_error_shows_the_key(writing, status):
    reply = Reply(status, f"no such key: {WRITINGS[writing]}".encode(), (("X-Key", KEY), ("Retry-After", KEY)))
    with chat_server(lambda _: reply) as (_, url), pytest.raises(EndpointError) as caught:
        client_at(url).ask(BODY)
    assert not SecretKey(KEY).is_in(str(caught.value))


def test_no_error_shows_a_key_that_is_cut_off():
    reply = Reply(401, b" " * 1980 + KEY.encode())
    with chat_server(lambda _: reply) as (_, url), pytest.raises(EndpointError) as caught:
        client_at(url).ask(BODY)
    assert "sk-proj" not in str(caught.value)


@pytest.mark.parametrize("writing", WRITINGS)
def test_no_file_of_a_rewriter_holds_the_key(writing, tmp_path, capsys):
    with chat_server(lambda _: says(f"Two ships {WRITINGS[writing]}.")) as (_, url):
        endpoint = Endpoint(base_url=url, model="m", api_key_env="SARVL_TEST_KEY", max_requests_per_minute=1e9)
        with pytest.raises(RewriteError) as caught:
            ModelRewriter(endpoint, tmp_path / "cache", FakeClock().clock()).rewrite_all(["Two white ships."])
    kept = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert not SecretKey(KEY).is_in(str(caught.value), *kept, *capsys.readouterr())


@given(st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_/+=.", min_size=16, max_size=60), st.text(max_size=30))
def test_a_key_is_found_wherever_it_stands(key, around):
    if sum(sign.isalnum() for sign in key) < 12:
        return
    found = SecretKey(key)
    for text in (key, json.dumps(key), quote(key, safe=""), key.encode().hex(), "-".join(key)):
        assert found.is_in(around + text + around)
    for before in ("", "a", "ab", "abc"):
        assert found.is_in(base64.b64encode((before + key + around).encode()).decode())


@pytest.mark.parametrize("key", ["", "EMPTY", "none", "sk-1", "a-longer-dummy-key", KEY])
def test_captions_hold_no_key(key):
    captions = ("Two ships in a port.", "An airport with 12 aircraft.", "Nonetheless, the empty quay is bright.")
    assert not SecretKey(key).is_in(*captions)


def test_a_short_key_is_found_as_a_word():
    assert SecretKey("sk-1").is_in("your key is sk-1.")
    assert not SecretKey("sk-1").is_in("disk-12")
