"""Captions a second of a random CoCa against open_clip's ``generate``, in one run, and whether the tokens are the same.

open_clip's ``generate`` runs only beside an older transformers: ``pip install --target OLD --no-deps
transformers==4.55.4 tokenizers==0.21.4 huggingface_hub==0.36.0``, then ``PYTHONPATH=OLD python
benchmarks/decoding.py``. Without it our figures alone are printed.
"""

import argparse
import time
from collections.abc import Callable

import torch
from open_clip import coca_model

from sarvl.models import create_model
from sarvl.models.clips.coca import Coca
from sarvl.models.decoding import write_texts
from sarvl.models.protocols import Decoding

SEARCHES = {
    "greedy": ({"generation_type": "top_k", "top_k": 1}, {}),
    "6 beams": ({"num_beams": 6, "num_beam_groups": 1}, {"beams": 6, "sums": "logits"}),
    "6 beams in 3 groups": ({"num_beams": 6, "num_beam_groups": 3}, {"beams": 6, "groups": 3, "sums": "logits"}),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--architecture", default="coca_ViT-B-32")
    arguments.add_argument("--batch", type=int, default=8)
    arguments.add_argument("--tokens", type=int, default=76, help="of a caption, start and end included")
    options = arguments.parse_args()
    torch.manual_seed(0)
    model = create_model(options.architecture)
    assert isinstance(model, Coca)
    # A random network ends no text by itself, so that every text has all its tokens.
    images = torch.randn(options.batch, 3, model.square.size, model.square.size)
    print(f"{options.architecture}, batch {options.batch}, {options.tokens} tokens, {torch.get_num_threads()} threads")
    for name, (theirs, ours) in SEARCHES.items():
        how = Decoding(options.tokens, least_tokens=5, **ours)
        own, seconds = timed(lambda how=how: own_tokens(model, images, how))
        line = f"{name}: {options.batch / seconds:.2f} captions/s"
        if coca_model._has_transformers:
            peer, peer_seconds = timed(lambda how=theirs: peer_tokens(model, images, options.tokens, how))
            same = sum(a == b for a, b in zip(own, peer, strict=True))
            line += f", open_clip {options.batch / peer_seconds:.2f}, {peer_seconds / seconds:.1f}x"
            line += f"; {same} of {options.batch} captions the same"
        print(line, flush=True)


def timed(work: Callable[[], list[list[int]]]) -> tuple[list[list[int]], float]:
    start = time.perf_counter()
    return work(), time.perf_counter() - start


@torch.inference_mode()
def own_tokens(model: Coca, images: torch.Tensor, how: Decoding) -> list[list[int]]:
    _, tokens = model.network.visual(images)
    return [list(text.tokens) for text in write_texts(model.writer, tokens, how)]


def peer_tokens(model: Coca, images: torch.Tensor, tokens: int, how: dict[str, object]) -> list[list[int]]:
    """Return the tokens between start and end, or padding, which is a 0 as "!" is."""
    written = model.network.generate(images, seq_len=tokens, **how).tolist()
    ends = [row.index(model.writer.end) if model.writer.end in row else len(row) for row in written]
    return [row[1:end] for row, end in zip(written, ends, strict=True)]


if __name__ == "__main__":
    main()
