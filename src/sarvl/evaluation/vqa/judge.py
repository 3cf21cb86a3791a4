"""The judge: whether an answer in free words means the right one, by a model behind any OpenAI-compatible endpoint.

Every verdict is kept on disk, so that none is asked for twice and a second run needs no endpoint.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from sarvl.endpoint.answers import AnswerCache
from sarvl.endpoint.chat import ChatClient
from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.endpoint.pacing import SYSTEM_CLOCK, Clock
from sarvl.errors import EndpointError, EvaluationError
from sarvl.progress import progress

PROMPT = (
    "A question about a radar image, its right answer and the answer of a student follow. Is the student right? "
    "The answer is right where it means the same: other words, synonyms, spelling and order do not matter; "
    "numbers and negations do. Reply with 1 if it is right and with 0 if it is wrong, and with nothing else.\n"
    "Question: {question}\nRight answer: {answer}\nStudent's answer: {prediction}"
)


class Judged(NamedTuple):
    """A question with its right answer, and what was answered."""

    question: str
    answer: str
    prediction: str


class Judge:
    """A model that judges; ``cache`` keeps every reply."""

    def __init__(self, endpoint: EndpointSettings, cache: Path, clock: Clock = SYSTEM_CLOCK) -> None:
        """Take the endpoint; nothing is asked yet."""
        self._endpoint = endpoint
        self._cache = AnswerCache(cache)
        self._client = ChatClient(endpoint, clock)

    def verdicts(self, cases: Sequence[Judged]) -> list[bool | None]:
        """Return whether each answer is right; None where the reply is neither 1 nor 0.

        Raises EvaluationError where the endpoint does not answer, or its limit is reached; what was judged is kept.
        """
        distinct = list(dict.fromkeys(cases))
        with progress("judge answers", len(distinct), "answers") as advance, self._pool() as pool:
            verdicts = []
            try:
                for verdict in pool.map(self._verdict, distinct):
                    verdicts.append(verdict)
                    advance(1)
            except EndpointError as problem:
                pool.shutdown(cancel_futures=True)
                raise EvaluationError(
                    f"{problem}; {len(verdicts)} of {len(distinct)} answers are judged and kept in "
                    f"{self._cache.folder}: mend this, and run again to go on from there"
                ) from problem
        by_case = dict(zip(distinct, verdicts, strict=True))
        return [by_case[case] for case in cases]

    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._endpoint.concurrency)

    def _verdict(self, case: Judged) -> bool | None:
        body = self._body(case)
        answer = self._cache.get(body)
        if answer is None:
            answer = self._client.ask(body)
            self._cache.put(body, answer)
        return {"1": True, "0": False}.get(answer.text.strip().rstrip("."))

    def _body(self, case: Judged) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._endpoint.model,
            "messages": [{"role": "user", "content": PROMPT.format(**case._asdict())}],
            "max_tokens": self._endpoint.max_answer_tokens,
        }
        optional = {"temperature": self._endpoint.temperature, "seed": self._endpoint.seed}
        return body | {name: value for name, value in optional.items() if value is not None}
