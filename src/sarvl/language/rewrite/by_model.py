"""Rewriting by a model: every answer is cached and checked by machine, and the rules stand in where it fails."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

from sarvl.endpoint.answers import Answer, AnswerCache
from sarvl.endpoint.chat import ChatClient
from sarvl.endpoint.pacing import SYSTEM_CLOCK, Clock
from sarvl.errors import EndpointError, RewriteError
from sarvl.language.rewrite.by_rule import rewrite_by_rule
from sarvl.language.rewrite.check import check_rewrite
from sarvl.language.rewrite.prompt import NOTHING_LEFT, Message, Prompt
from sarvl.language.rewrite.result import Refusal, RewrittenCaption
from sarvl.language.rewrite.rewrite_settings import Endpoint
from sarvl.progress import progress


class ModelRewriter:
    """Rewrites captions by the model behind ``endpoint``; ``cache_dir`` keeps every answer: none is paid for twice."""

    def __init__(self, endpoint: Endpoint, cache_dir: Path, clock: Clock = SYSTEM_CLOCK) -> None:
        """Read the prompt; the key is read from the environment at the first request, not before."""
        self._endpoint = endpoint
        self._cache = AnswerCache(cache_dir)
        self._client = ChatClient(endpoint, clock)
        self._prompt = Prompt(endpoint.examples)

    def __call__(self, caption: str) -> RewrittenCaption | Refusal:
        """Return the model's caption where the machine check passes it, at the second try at the latest.

        Else what the rules make of ``caption``; a Refusal where neither is good. Raises EndpointError where
        the endpoint does not answer or the cost limit is reached.
        """
        answer = self._answer(self._prompt.messages(caption))
        problems = _problems_with(caption, answer)
        if problems and not _says_nothing_is_left(answer):
            answer = self._answer(self._prompt.messages_again(caption, answer.text, problems))
            problems = _problems_with(caption, answer)
        if not problems:
            return RewrittenCaption(_text_of(answer), caption, f"model:{self._endpoint.model}")
        by_rule = rewrite_by_rule(caption)
        if isinstance(by_rule, Refusal):
            return Refusal(caption, f"by the model: {problems[0]}; by rule: {by_rule.reason}")
        return by_rule

    def rewrite_all(self, captions: Iterable[str]) -> dict[str, RewrittenCaption | Refusal]:
        """Return the result for each distinct caption, several requests under way at a time.

        Raises RewriteError that says how far it came; what was answered is in the cache, and a second call goes on.
        """
        distinct = list(dict.fromkeys(captions))
        stop = Event()
        pool = ThreadPoolExecutor(self._endpoint.concurrency)
        with progress("rewrite captions", len(distinct), "captions") as advance:
            futures = [pool.submit(self._unless, stop, caption) for caption in distinct]
            try:
                for future in futures:
                    future.exception()
                    advance(1)
            finally:
                stop.set()
                pool.shutdown(cancel_futures=True)
        problem = next(filter(None, (future.exception() for future in futures)), None)
        if isinstance(problem, EndpointError):
            done = sum(future.exception() is None and future.result() is not None for future in futures)
            raise self._stopped(problem, done, len(distinct)) from problem
        results = [result for future in futures if (result := future.result()) is not None]
        return dict(zip(distinct, results, strict=True))

    def _unless(self, stop: Event, caption: str) -> RewrittenCaption | Refusal | None:
        """Rewrite ``caption`` unless ``stop`` is set, and set it where that raises: no other request is begun then."""
        if stop.is_set():
            return None
        try:
            return self(caption)
        except BaseException:
            stop.set()
            raise

    def _stopped(self, problem: EndpointError, done: int, total: int) -> RewriteError:
        cost = self._client.cost
        return RewriteError(
            f"{problem}; {done} of {total} captions are rewritten, with {cost.requests} requests for {cost.spent:.6g}, "
            f"and kept in {self._cache.folder}: mend this, or raise the limit, and run again to go on from there"
        )

    def _answer(self, messages: list[Message]) -> Answer:
        body: dict[str, Any] = {
            "model": self._endpoint.model,
            "messages": messages,
            "max_tokens": self._endpoint.max_answer_tokens,
        }
        optional = {"temperature": self._endpoint.temperature, "seed": self._endpoint.seed}
        body |= {name: value for name, value in optional.items() if value is not None}
        answer = self._cache.get(body)
        if answer is None:
            answer = self._client.ask(body)
            self._cache.put(body, answer)
        return answer


def _text_of(answer: Answer) -> str:
    return " ".join(answer.text.split()).strip("\"'“”` ")


def _says_nothing_is_left(answer: Answer) -> bool:
    return _text_of(answer).rstrip(".").upper() == NOTHING_LEFT


def _problems_with(caption: str, answer: Answer) -> list[str]:
    if _says_nothing_is_left(answer):
        return ["it finds nothing left to say"]
    if answer.finish_reason == "length":
        return ["the answer was cut off; it must be one short caption"]
    return check_rewrite(caption, _text_of(answer))
