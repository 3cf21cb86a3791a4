"""Answers a second: against ``generate`` of transformers on the same weights, and sixteen at once against one by one.

Without ``--model`` a random LLaVA of about eight million weights is made. Then a sarvl-gpt answers, of the packaged
tower and an untrained small decoder, or ``--language``: about one image each, and, as corpora have them, several about
an image. Times are of the CPU, the least of some rounds in which each takes its turn. What is held to a type is decided
within a token or two: the prompt takes the time, and only questions that share their image gain much by a batch.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from sarvl.imagery import PreparedImages, Quantity, SarImage
from sarvl.language.prompts import QUESTION_PROMPT
from sarvl.models import load_model
from sarvl.models.answering.answer_space import YES_NO, Count, FreeText
from sarvl.models.answering.image_text_model import ImageTextModel
from sarvl.models.answering.pictures import picture_of
from sarvl.models.clips.clip import Clip
from sarvl.models.gpt.construction import with_language
from sarvl.models.gpt.language_options import SmallLanguage, TransformersLanguage
from sarvl.models.gpt.sarvl_gpt import SarvlGpt, SmallGpt
from sarvl.models.model import Model
from sarvl.models.protocols import Decoding
from sarvl.models.vocabulary import learnt_vocabulary

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
AT_ONCE = 16
LARGER = {"hidden_size": 256, "intermediate_size": 1024, "num_hidden_layers": 8, "num_attention_heads": 8}
QUESTIONS = ("Is there a ship in the image?", "How many ships are visible in the upper left of the image?")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", help="such as hf:FOLDER; a random one is made where none is given")
    arguments.add_argument(
        "--language", type=Path, help="a causal language model for the sarvl-gpt, such as a GGUF file"
    )
    arguments.add_argument("--tokens", type=int, default=32, help="of a free text")
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    with TemporaryDirectory() as folder:
        model = load_model(options.model or made_model(Path(folder)))
    assert isinstance(model, ImageTextModel)
    tell(model)
    images, questions = some_images(model, AT_ONCE), [QUESTIONS[place % 2] for place in range(AT_ONCE)]
    against_generate(model, images, questions, options.tokens, options.rounds)
    together_and_singly(model, 1, options.tokens, options.rounds)
    gpt = made_gpt(options.language)
    tell(gpt)
    for each in (1, 8, 16):
        together_and_singly(gpt, each, options.tokens, options.rounds)


def tell(model: Model) -> None:
    weights = sum(parameter.numel() for parameter in model.network.parameters())
    print(f"{model.name.split('/')[-1]}, {weights / 1e6:.0f}M weights, {torch.get_num_threads()} threads")


def together_and_singly(model: Any, each: int, tokens: int, rounds: int) -> None:
    """Print how fast sixteen questions are answered, ``each`` of them about one image."""
    different = some_images(model, AT_ONCE // each)
    images = different.batch([place // each for place in range(AT_ONCE)])
    questions, how = [QUESTIONS[place % 2] for place in range(AT_ONCE)], Decoding(most_tokens=tokens + 2)
    spaces = {
        "free texts": [FreeText()] * AT_ONCE,
        "yes or no, and counts": [(YES_NO, Count())[place % 2] for place in range(AT_ONCE)],
    }
    for name, given in spaces.items():
        together, alone = least_seconds(
            rounds,
            lambda given=given: model.answer(images, questions, how, given),
            lambda given=given: one_by_one(model, images, questions, how, given),
        )
        line = f"{AT_ONCE / together:.1f} answers/s in batches of {AT_ONCE}, {AT_ONCE / alone:.1f} singly"
        print(f"{name}, {each} an image: {line}, {alone / together:.1f}x", flush=True)


def made_model(root: Path) -> str:
    import tiny_image_text  # noqa: PLC0415 - of the tests

    tiny_image_text.TEXT.update(LARGER)
    return f"hf:{tiny_image_text.tiny_model('llava', root)}"


def made_gpt(language: Path | None) -> SarvlGpt:
    torch.manual_seed(0)
    clip = load_model("packaged:sarvl-mobile")
    assert isinstance(clip, Clip)
    gpt = with_language(clip, TransformersLanguage(model=language) if language else SmallLanguage())
    if isinstance(gpt, SmallGpt):
        gpt.take_vocabulary(learnt_vocabulary([*QUESTIONS, QUESTION_PROMPT, *map(str, range(100))] * 2))
    return gpt


def some_images(model: Model, count: int) -> PreparedImages:
    rng = np.random.default_rng(0)
    pixels = [rng.integers(0, 255, (1, 64, 64), np.uint8) for _ in range(count)]
    images = [SarImage(each, Quantity.DISPLAY, ("gray",)) for each in pixels]
    return PreparedImages.of([model.contract.prepare(image) for image in images])


def against_generate(
    model: ImageTextModel, images: PreparedImages, questions: list[str], tokens: int, rounds: int
) -> None:
    """Print how fast free texts are written, by us and by ``generate``, and how many are the same."""
    texts: dict[str, list[str]] = {}
    how = Decoding(most_tokens=tokens + 2)

    def own() -> None:
        texts["own"] = [answer.text for answer in model.answer(images, questions, how)]

    def peer() -> None:
        pictures = [picture_of(images[place], model.contract.frame) for place in range(AT_ONCE)]
        inputs = model.processing.inputs(pictures, questions)
        network: Any = model.network
        written = network.generate(**inputs, max_new_tokens=tokens, do_sample=False)[:, inputs["input_ids"].shape[1] :]
        decoded = model.processing.processor.tokenizer.batch_decode(written, skip_special_tokens=True)
        texts["peer"] = [" ".join(text.split()) for text in decoded]

    ours, theirs = least_seconds(rounds, own, peer)
    same = sum(one == other for one, other in zip(texts["own"], texts["peer"], strict=True))
    print(
        f"free texts of {tokens} tokens, batch {AT_ONCE}: {theirs / ours:.2f}x generate; {same} of {AT_ONCE} the same"
    )


def one_by_one(model: Any, images: PreparedImages, questions: list[str], how: Decoding, spaces: Any) -> None:
    for place in range(AT_ONCE):
        model.answer(images.batch([place]), questions[place : place + 1], how, spaces[place : place + 1])


def least_seconds(rounds: int, *works: Callable[[], object]) -> list[float]:
    """Return the least CPU time of each work, which take turns."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for place, work in enumerate(works):
            start = time.process_time()
            work()
            seconds[place].append(time.process_time() - start)
    return [min(each) for each in seconds]


if __name__ == "__main__":
    main()
