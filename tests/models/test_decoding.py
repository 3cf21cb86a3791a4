"""Decoding with kept keys and values: open_clip's tokens, and those of a loop that keeps nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from micro import squares
from small_coca import CONTEXT, END, NETWORKS, SEARCHES, START, Words, pictures, small_coca

from sarvl.imagery import InputContract
from sarvl.models.clips.coca import Coca
from sarvl.models.decoding import CachedDecoder, write_texts
from sarvl.models.protocols import Decoding

PEER = json.loads((Path(__file__).parent / "fixtures" / "open_clip_captions.json").read_text())
OURS = {
    "greedy": Decoding(CONTEXT, least_tokens=5),
    "greedy from 9 tokens": Decoding(CONTEXT, least_tokens=9),
    "beams": Decoding(CONTEXT, least_tokens=5, beams=6, sums="logits"),
    "beams in groups": Decoding(CONTEXT, least_tokens=5, beams=6, groups=3, sums="logits"),
    "two beams": Decoding(CONTEXT, least_tokens=2, beams=2, sums="logits"),
}


def model(seed: int = 0) -> Coca:
    return Coca("small", small_coca(seed), InputContract.of_pictures(32, (0.5,) * 3, (0.5,) * 3), {}, Words())


def image_tokens(coca: Coca, count: int = 12) -> torch.Tensor:
    with torch.no_grad():
        return coca.network.visual(pictures(count))[1]


def whole_text(tokens: list[int]) -> list[int]:
    """Return what stands between the start and the end or the padding of open_clip's tokens."""
    ends = [place for place, token in enumerate(tokens) if token == END]
    text = tokens[1 : ends[0] if ends else None]
    while text and text[-1] == 0:
        text = text[:-1]
    return text


@pytest.mark.parametrize("seed", NETWORKS)
@pytest.mark.parametrize("name", SEARCHES)
def test_tokens_are_those_of_open_clip(name, seed):
    coca = model(seed)
    with torch.inference_mode():
        texts = write_texts(coca.writer, image_tokens(coca), OURS[name])
    ours = [list(text.tokens) for text in texts]
    for own, peer in zip(ours, PEER[f"{name}, network {seed}"], strict=True):
        while own and own[-1] == 0:
            own.pop()
        assert own == whole_text(peer)


def logits_without_cache(coca: Coca, tokens: list[int], image: torch.Tensor) -> torch.Tensor:
    """Return the logits (L, V) behind each of ``tokens``, by open_clip's own forward."""
    text = torch.tensor([tokens])
    with torch.no_grad():
        _, embeddings = coca.network._encode_text(text)
        return coca.network.text_decoder(image[None], embeddings)[0]


@pytest.mark.parametrize("is_mask_correct", [False, True])
def test_each_step_gives_the_logits_of_the_whole_prefix(is_mask_correct):
    coca = model()
    coca.network.text.correct_cls_mask = is_mask_correct
    images = image_tokens(coca, 3)
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 6, (3, CONTEXT))  # zeros are padding, in the middle too
    tokens[:, 0] = START
    with torch.inference_mode():
        decoder = CachedDecoder(coca.writer, images, 1, CONTEXT)
        steps = torch.stack([decoder.step(torch.from_numpy(column)) for column in tokens.T], dim=1)
    for row in range(3):
        expected = logits_without_cache(coca, tokens[row].tolist(), images[row])
        torch.testing.assert_close(steps[row], expected, atol=2e-4, rtol=1e-4)


Beam = tuple[float, float, list[int]]  # what it is ranked by, its log-probability, its tokens


class NaiveGroup:
    """A group of a beam search that computes every prefix anew, in plain lists."""

    def __init__(self, how: Decoding) -> None:
        self.how, self.size = how, how.beams // how.groups
        self.beams: list[Beam] = [(0.0 if not beam else -1e9, 0.0, [START]) for beam in range(self.size)]
        self.ended: list[Beam] = []
        self.is_done = False

    def step(self, coca: Coca, image: torch.Tensor, taken: list[int]) -> list[int]:
        candidates = sorted(self.candidates(coca, image, taken), reverse=True, key=lambda beam: beam[0])
        beams: list[Beam] = []
        for rank, beam in enumerate(candidates[: 2 * self.size]):
            if beam[2][-1] != END:
                beams.append(beam)
            elif rank < self.size:
                self.end(beam, beam[2][1:-1])
        self.beams = beams[: self.size]
        promised = candidates[0][0] / len(candidates[0][2]) ** self.how.length_penalty
        self.is_done = len(self.ended) == self.size and self.ended[0][0] >= promised
        return [beam[2][-1] for beam in self.beams]

    def candidates(self, coca: Coca, image: torch.Tensor, taken: list[int]) -> Iterator[Beam]:
        for total, log_sum, tokens in self.beams:
            for token, step in enumerate(logits_without_cache(coca, tokens, image)[-1].log_softmax(-1).tolist()):
                if token != END or len(tokens) >= self.how.least_tokens:
                    loss = self.how.diversity * taken.count(token)
                    yield total + step - loss, log_sum + step, [*tokens, token]

    def end(self, beam: Beam, text: list[int]) -> None:
        self.ended.append((beam[0] / len(beam[2]) ** self.how.length_penalty, beam[1], text))
        self.ended = sorted(self.ended)[-self.size :]


def naive_beams(coca: Coca, image: torch.Tensor, how: Decoding) -> Beam:
    """Return the best text of an image."""
    groups = [NaiveGroup(how) for _ in range(how.groups)]
    for _ in range(1, how.most_tokens):
        taken: list[int] = []
        for group in groups:
            if not group.is_done:
                taken += group.step(coca, image, taken)
    for group in groups:
        for beam in [] if group.is_done else group.beams:
            group.end(beam, beam[2][1:])
    return max(text for group in groups for text in group.ended)


@pytest.mark.parametrize("seed", NETWORKS[:4])
@pytest.mark.parametrize(
    "how",
    [
        Decoding(10, beams=4, groups=2, diversity=0.8),
        Decoding(9, beams=6, groups=3, diversity=0.5, least_tokens=4, length_penalty=0.6),
        Decoding(10, beams=3, length_penalty=2.0),
    ],
)
def test_beams_are_those_of_a_search_without_a_cache(how, seed):
    coca = model(seed)
    images = image_tokens(coca, 4)
    with torch.inference_mode():
        texts = write_texts(coca.writer, images, how)
    for text, image in zip(texts, images, strict=True):
        _, log_sum, tokens = naive_beams(coca, image, how)
        assert list(text.tokens) == tokens
        assert text.log_probability == pytest.approx(log_sum, abs=2e-3)


@pytest.mark.parametrize("how", [Decoding(CONTEXT), Decoding(CONTEXT, temperature=1.0), Decoding(CONTEXT, beams=3)])
def test_log_probability_is_that_of_the_text_read_as_a_whole(how):
    coca = model(3)
    images = image_tokens(coca)
    with torch.inference_mode():
        texts = write_texts(coca.writer, images, how)
    assert len({len(text.tokens) for text in texts}) > 1
    for text, image in zip(texts, images, strict=True):
        tokens = [START, *text.tokens, END]
        log_probabilities = logits_without_cache(coca, tokens, image).log_softmax(-1)
        steps = [float(log_probabilities[place, token]) for place, token in enumerate(tokens[1:])]
        is_cut = len(tokens) == CONTEXT
        assert text.log_probability == pytest.approx(sum(steps[:-1] if is_cut else steps), abs=2e-3)


@pytest.mark.parametrize("how", [Decoding(CONTEXT, temperature=1.5, top_p=0.9, seed=3), Decoding(CONTEXT)])
def test_a_text_does_not_depend_on_the_images_beside_it(how):
    coca = model(3)
    images = image_tokens(coca, 8)
    with torch.inference_mode():
        together = write_texts(coca.writer, images, how)
        alone = [write_texts(coca.writer, images[row : row + 1], how, [row])[0] for row in range(8)]
    assert [text.tokens for text in together] == [text.tokens for text in alone]


def test_another_seed_draws_another_text_and_a_small_nucleus_is_greedy():
    coca = model(0)
    images = image_tokens(coca, 8)
    with torch.inference_mode():
        drawn = [write_texts(coca.writer, images, Decoding(CONTEXT, temperature=1.0, seed=seed)) for seed in (0, 1)]
        likeliest = write_texts(coca.writer, images, Decoding(CONTEXT, temperature=1.0, top_p=1e-9))
        assert write_texts(coca.writer, images, Decoding(CONTEXT)) == likeliest
    assert drawn[0] != drawn[1]


def test_nucleus_draws_from_the_likely_tokens_in_proportion():
    coca = model(0)
    image = image_tokens(coca, 1)
    how = Decoding(3, temperature=1.0, top_p=0.7)
    with torch.inference_mode():
        texts = write_texts(coca.writer, image.expand(1500, -1, -1), how)
    probabilities = logits_without_cache(coca, [START], image[0])[-1].softmax(-1)
    order = probabilities.argsort(descending=True)
    likely = order[: int((probabilities[order].cumsum(0) < 0.7).sum()) + 1]
    counts = torch.bincount(torch.tensor([text.tokens[0] for text in texts if text.tokens]), minlength=96)
    assert set(torch.nonzero(counts).flatten().tolist()) <= set(likely.tolist())
    expected = probabilities[likely] / probabilities[likely].sum()
    is_word = (likely != END) & (likely != 0)  # the end and padding leave no token
    likely, expected = likely[is_word], expected[is_word]
    torch.testing.assert_close(counts[likely] / 1500, expected, atol=0.04, rtol=0)


@pytest.mark.parametrize(
    "wrong", [{"beams": 4, "groups": 3}, {"beams": 2, "temperature": 1.0}, {"top_p": 0.0}, {"most_tokens": 2}]
)
def test_settings_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValueError, match=r"give|must be"):
        Decoding(**wrong)


def test_a_coca_captions_prepared_images():
    coca = model(3)
    tiles = np.random.default_rng(0).integers(0, 255, (20, 1, 32, 32), dtype=np.uint8)
    images = squares(tiles)
    captions = coca.caption(images, Decoding(CONTEXT))
    assert len(captions) == 20
    assert captions[17].text == coca.caption(squares(tiles[17:18]), Decoding(CONTEXT))[0].text
    assert all(word.isdigit() for caption in captions for word in caption.text.split())
