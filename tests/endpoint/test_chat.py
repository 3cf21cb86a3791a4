"""The client of an endpoint, against a local server that fails in every way that servers fail."""

import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from chat_server import FakeClock, Reply, chat_server, playing, says

from sarvl.endpoint.chat import ChatClient
from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.endpoint.pacing import TokenBucket
from sarvl.endpoint.transport import MOST_ANSWER_BYTES
from sarvl.errors import EndpointError

GOOD = says("Two ships in a port.")
BODY = {"model": "some/model", "max_tokens": 200, "messages": [{"role": "user", "content": "two white ships"}]}
PRICES = {"cost_per_million_input_tokens": 10.0, "cost_per_million_output_tokens": 20.0}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def client_at(url: str, clock: FakeClock | None = None, **fields: object) -> ChatClient:
    fields = {"max_requests_per_minute": 1e9, "concurrency": 1} | fields
    return ChatClient(EndpointSettings(base_url=url, model="some/model", **fields), (clock or FakeClock()).clock())


@pytest.mark.parametrize(
    "fault",
    [
        Reply(429),
        Reply(500, b"oops"),
        Reply(503),
        Reply(body=b"not json"),
        Reply(body=b'{"choices": []}'),
        Reply(body=b'{"choices": [{"message": {"content": "Two sh'),
        Reply(body=GOOD.body[:-20], missing_bytes=20),
        Reply(body=GOOD.body.replace(b'"completion_tokens": 10', b'"completion_tokens": -1')),
        Reply(body=b" " * 2**21),
        GOOD._replace(delay_s=0.6),
    ],
)
def test_faults_that_pass_are_tried_again(fault):
    clock = FakeClock()
    with chat_server(playing(fault, fault, GOOD)) as (server, url):
        result = client_at(url, clock, timeout_s=0.3).ask(BODY)
    assert result.text == "Two ships in a port."
    assert len(server.requests) == 3
    assert [seconds for seconds in clock.slept if seconds > 0.1] == [1.0, 2.0]


def test_retry_after_is_honoured_in_seconds_and_as_a_date():
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=250), usegmt=True)
    clock = FakeClock()
    replies = [Reply(429, headers=(("Retry-After", wait),)) for wait in ("7", date)]
    with chat_server(playing(*replies, GOOD)) as (_, url):
        client_at(url, clock).ask(BODY)
    seconds, until_date = [slept for slept in clock.slept if slept > 0.1]
    assert seconds == 7.0
    assert 100 < until_date <= 250


def test_a_long_retry_after_and_a_senseless_one():
    late = Reply(429, headers=(("Retry-After", "9999"),))
    with chat_server(playing(late)) as (_, url), pytest.raises(EndpointError, match="run again in 9999 s"):
        client_at(url).ask(BODY)
    clock = FakeClock()
    with chat_server(playing(Reply(429, headers=(("Retry-After", "soon"),)), GOOD)) as (_, url):
        client_at(url, clock).ask(BODY)
    assert 1.0 in clock.slept


def test_a_server_that_stays_broken_is_an_error_of_one_line():
    is_expected = pytest.raises(EndpointError, match=r"no answer in 3 tries \(status 500: out of memory\)")
    with chat_server(lambda _: Reply(500, b"out of\nmemory")) as (server, url), is_expected as caught:
        client_at(url, retries=2).ask(BODY)
    assert len(server.requests) == 3
    assert "\n" not in str(caught.value)


def test_nobody_there():
    with pytest.raises(EndpointError, match=r"no answer in 1 tries \(connection lost: .*refused"):
        client_at("http://127.0.0.1:9/v1", retries=0).ask(BODY)


@pytest.mark.parametrize("status", [400, 401, 404, 302])
def test_what_cannot_pass_is_an_error_at_once(status, monkeypatch):
    monkeypatch.setenv("SARVL_TEST_KEY", "sk-secret")
    reply = Reply(status, b"wrong key sk-secret", (("Location", "http://127.0.0.1:9/elsewhere"),))
    is_expected = pytest.raises(EndpointError, match=rf"status {status}: wrong key \*\*\*")
    with chat_server(playing(reply)) as (server, url), is_expected:
        client_at(url, api_key_env="SARVL_TEST_KEY").ask(BODY)
    assert server.keys == ["Bearer sk-secret"]


@pytest.mark.parametrize("key", [None, "", "sk\nX-Other: 1", "schlüssel"])
def test_a_key_that_is_missing_or_no_key_names_the_variable_and_not_itself(key, monkeypatch):
    monkeypatch.delenv("SARVL_TEST_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("SARVL_TEST_KEY", key)
    with pytest.raises(EndpointError) as caught:
        client_at("http://127.0.0.1:9/v1", api_key_env="SARVL_TEST_KEY").ask(BODY)
    assert str(caught.value).startswith("the environment variable SARVL_TEST_KEY holds no key")


def test_what_was_not_counted_is_taken_at_its_most_and_what_was_refused_is_free():
    def spent_after(*replies: Reply) -> float:
        with chat_server(playing(*replies)) as (_, url):
            client = client_at(url, max_cost=9.0, **PRICES)
            client.ask(BODY)
        return client.cost.spent

    counted = spent_after(GOOD)
    assert counted == pytest.approx(100 * 10e-6 + 10 * 20e-6)
    assert spent_after(Reply(429), GOOD) == pytest.approx(counted)
    uncounted = spent_after(Reply(body=b"{"), Reply(429), says("Two ships in a port.", usage=None))
    assert uncounted > 2 * 200 * 20e-6


def test_the_bucket_spaces_requests_whatever_the_time_between():
    clock = FakeClock()
    bucket = TokenBucket(30, clock.clock())
    starts = []
    for pause in (0.0, 0.0, 0.5, 10.0, 0.0):
        clock.now += pause
        bucket.take()
        starts.append(clock.now - 1000)
    assert starts == [0, 2, 4, 14, 16]


def test_an_answer_that_drips_is_given_up_in_time():
    slow = GOOD._replace(drip_s=0.02)  # each byte in time, all of them not
    with chat_server(playing(slow, GOOD)) as (server, url):
        assert client_at(url, timeout_s=0.2, retries=1).ask(BODY).text == "Two ships in a port."
    assert len(server.requests) == 2


@pytest.mark.parametrize(("size", "requests"), [(MOST_ANSWER_BYTES, 1), (MOST_ANSWER_BYTES + 1, 2)])
def test_an_answer_has_an_end(size, requests):
    padded = Reply(body=GOOD.body + b" " * (size - len(GOOD.body)))
    with chat_server(playing(padded, GOOD)) as (server, url):
        assert client_at(url, retries=1).ask(BODY).text == "Two ships in a port."
    assert len(server.requests) == requests


def test_a_compressed_answer_is_not_unpacked():
    bomb = Reply(body=gzip.compress(b" " * 2**24), headers=(("Content-Encoding", "gzip"),))
    with chat_server(playing(bomb)) as (_, url), pytest.raises(EndpointError, match="not a chat completion"):
        client_at(url, retries=0).ask(BODY)


def test_a_redirect_takes_neither_captions_nor_key_elsewhere(monkeypatch):
    monkeypatch.setenv("SARVL_TEST_KEY", "sk-secret")
    with chat_server(playing(GOOD)) as (other, elsewhere):
        moved = Reply(307, headers=(("Location", f"{elsewhere}/chat/completions"),))
        with chat_server(playing(moved)) as (_, url), pytest.raises(EndpointError, match="status 307"):
            client_at(url, api_key_env="SARVL_TEST_KEY").ask(BODY)
    assert other.requests == []


def test_an_error_whose_words_are_lost_is_still_that_error():
    torn = Reply(401, b"wrong", missing_bytes=500)
    with chat_server(playing(torn)) as (server, url), pytest.raises(EndpointError, match="status 401"):
        client_at(url).ask(BODY)
    assert len(server.requests) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999999/v1", "http://a..b/v1", "http://[::1/v1"])
def test_an_address_that_cannot_be_is_one_line(url):
    with pytest.raises(EndpointError, match=r"no answer in 1 tries \(connection lost: ") as caught:
        client_at(url, retries=0).ask(BODY)
    assert "\n" not in str(caught.value)
