"""EndpointWriter: captions by a model behind an OpenAI-compatible endpoint, which sees each image as display bytes."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from sarvl.endpoint.answers import Answer, AnswerCache
from sarvl.endpoint.chat import ChatClient
from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.endpoint.pacing import SYSTEM_CLOCK, Clock
from sarvl.errors import ImageError
from sarvl.imagery import read_image, render_display
from sarvl.inference.located_image import FileToRead, Refusal, told_with_options
from sarvl.inference.written import Written
from sarvl.progress import progress

MOST_PIXELS_A_SIDE = 768
PROMPT = {
    "sar": (
        "This is a synthetic aperture radar (SAR) image. Write one plain English sentence that says what is in it: the "
        "kinds of objects, how many, and where. Name no colour, no weather and nothing that a radar cannot see. Reply "
        "with the sentence and nothing else."
    ),
    "optical": (
        "This is an optical image of the ground from above. Write one plain English sentence that says what is in it: "
        "the kinds of objects, how many, and where. Reply with the sentence and nothing else."
    ),
}
_CLASSES = " Of objects, name these alone: {}."


class EndpointWriter:
    """A model behind ``endpoint``; ``cache`` keeps every answer: none is paid for twice, and a killed call goes on."""

    def __init__(
        self,
        endpoint: EndpointSettings,
        cache: Path,
        *,
        domain: Literal["sar", "optical"] = "sar",
        classes: Sequence[str] = (),
        samples: int = 0,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Take the endpoint; nothing is asked yet. samples: how many answers are drawn beside the kept one."""
        self.producer = f"model:{endpoint.model}"
        self._endpoint, self._samples = endpoint, samples
        self._prompt = PROMPT[domain] + (_CLASSES.format(", ".join(classes)) if classes else "")
        self._cache, self._client = AnswerCache(cache), ChatClient(endpoint, clock)

    def batches(self, files: Sequence[FileToRead]) -> Iterator[list[Written | Refusal]]:
        """Yield what was written of each file, in order, as many at a time as may be asked at once.

        Raises EndpointError where the endpoint does not answer or the cost limit is reached; what was written is kept.
        """
        at_once = self._endpoint.concurrency
        with ThreadPoolExecutor(at_once) as pool, progress("narrate", len(files), "images") as advance:
            for start in range(0, len(files), at_once):
                written = list(pool.map(self._written, files[start : start + at_once]))
                yield written
                advance(len(written))

    def _written(self, file: FileToRead) -> Written | Refusal:
        path, _ = file
        try:
            picture = picture_of(file)
        except ImageError as problem:
            return Refusal(path, told_with_options(problem))
        kept = self._answer(picture, {"temperature": self._endpoint.temperature, "seed": self._endpoint.seed})
        drawn = [self._answer(picture, {"temperature": 0.7, "seed": seed}) for seed in range(self._samples)]
        if kept.finish_reason == "length":
            return Refusal(path, f"the answer was cut off: {kept.text[:60]!r}; give max_answer_tokens more")
        return Written(path, _text_of(kept), tuple(map(_text_of, drawn)))

    def _answer(self, picture: bytes, how: dict[str, Any]) -> Answer:
        """Return the answer, kept under the digest of the picture, which is not kept itself."""
        asked = self._body(f"sha256:{hashlib.sha256(picture).hexdigest()}", how)
        answer = self._cache.get(asked)
        if answer is None:
            answer = self._client.ask(self._body(f"data:image/png;base64,{b64encode(picture).decode()}", how))
            self._cache.put(asked, answer)
        return answer

    def _body(self, url: str, how: dict[str, Any]) -> dict[str, Any]:
        content = [{"type": "text", "text": self._prompt}, {"type": "image_url", "image_url": {"url": url}}]
        body = {
            "model": self._endpoint.model,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": self._endpoint.max_answer_tokens,
        }
        return body | {name: value for name, value in how.items() if value is not None}


def picture_of(file: FileToRead) -> bytes:
    """Return a PNG of the display bytes of an image file, at most 768 pixels a side; ImageError where it is none."""
    path, reading = file
    shown = render_display(read_image(path, **reading._asdict())).pixels
    shown = shown if len(shown) == 3 else shown[:1]  # red, green and blue; else the first band in grey
    pixels = np.ascontiguousarray(shown[::-1].transpose(1, 2, 0))  # OpenCV wants BGR
    factor = MOST_PIXELS_A_SIDE / max(pixels.shape[:2])
    if factor < 1:
        pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".png", pixels)[1])


def _text_of(answer: Answer) -> str:
    return " ".join(answer.text.split()).strip("\"'“”` ")
