"""A local chat endpoint for the tests: it plays a script of replies and writes down what it was asked."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from sarvl.endpoint.pacing import Clock


class Reply(NamedTuple):
    """One reply: a status, headers, a body, and faults of the line."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float = 0.0
    missing_bytes: int = 0  # promised by Content-Length and never sent
    drip_s: float = 0.0  # between one byte and the next


class FakeClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 1000.0, []

    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def says(text: str, usage: tuple[int, int] | None = (100, 10), finish_reason: str = "stop") -> Reply:
    """A whole chat completion."""
    completion: dict[str, Any] = {"choices": [{"message": {"content": text}, "finish_reason": finish_reason}]}
    if usage is not None:
        completion["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
    return Reply(body=json.dumps(completion).encode())


class ChatServer:
    """``requests``: bodies in the order of arrival. ``keys``: their Authorization headers."""

    def __init__(self, answer: Callable[[dict[str, Any]], Reply]) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self._answer = answer
        self._lock = threading.Lock()

    def reply_to(self, body: dict[str, Any], key: str | None) -> Reply:
        with self._lock:
            self.requests.append(body)
            self.keys.append(key)
            return self._answer(body)


@contextmanager
def chat_server(answer: Callable[[dict[str, Any]], Reply]) -> Iterator[tuple[ChatServer, str]]:
    """Yield a running server and its ``base_url``; ``answer`` turns a request's body into a reply."""
    server = ChatServer(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/chat/completions"
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply = server.reply_to(body, self.headers.get("Authorization"))
            time.sleep(reply.delay_s)
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) + reply.missing_bytes))
            self.end_headers()
            pieces = [bytes([byte]) for byte in reply.body] if reply.drip_s else [reply.body]
            for piece in pieces:
                time.sleep(reply.drip_s)
                with suppress(OSError):  # who asked may have hung up
                    self.wfile.write(piece)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server, f"http://127.0.0.1:{http.server_port}/v1"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def playing(*replies: Reply) -> Callable[[dict[str, Any]], Reply]:
    """Answer with ``replies`` one after the other, whatever is asked."""
    script = iter(replies)
    return lambda _: next(script)
