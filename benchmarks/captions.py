"""Scores of captions against pycocoevalcap, in one run: how far the figures are apart, and how much faster ours are.

``pip install pycocoevalcap`` into the same environment first. Give the captions of RSICD (``captions.json``): of each
image's five captions the last is scored and the other four, with one of the next image, are the references.
"""

import argparse
import contextlib
import io
import json
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge

from sarvl.measures.captions.bleu import bleu_of_terms, bleu_terms
from sarvl.measures.captions.cider import cider
from sarvl.measures.captions.referenced import ReferencedCaptions
from sarvl.measures.captions.rouge import rouge_l


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("captions", type=Path, help="captions.json of RSICD")
    arguments.add_argument("--images", type=int, default=5000)
    options = arguments.parse_args()
    scored = captions_of(options.captions, options.images)
    truths = {number: list(own) for number, own in enumerate(scored.references)}
    results = {number: [text] for number, text in enumerate(scored.captions)}
    print(f"{len(scored)} captions, {scored.counts.sum()} references; best of 3 runs")
    for name, ours, peer in scores(scored):
        (value, each), seconds = best_of_3(ours)
        (peer_value, peer_each), peer_seconds = best_of_3(lambda peer=peer: quietly(peer, truths, results))
        apart = max(np.abs(np.subtract(value, peer_value)).max(), np.abs(each - np.asarray(peer_each).T).max())
        print(f"{name}: {seconds:.3f} s, pycocoevalcap {peer_seconds:.3f} s, {peer_seconds / seconds:.1f}x; ", end="")
        print(f"largest difference {apart:.1e}", flush=True)


def scores(scored: ReferencedCaptions) -> list[tuple[str, Callable[[], Any], Any]]:
    return [
        ("BLEU-1..4", lambda: bleu(scored), Bleu(4)),
        ("ROUGE-L", lambda: mean_and_each(rouge_l(scored)), Rouge()),
        ("CIDEr", lambda: mean_and_each(cider(scored).clipped), Cider()),
    ]


def captions_of(path: Path, images: int) -> ReferencedCaptions:
    entries = [entry["captions"] for entry in json.loads(path.read_text())[: images + 1]]
    texts = [[" ".join(caption.replace(".", " ").split()) for caption in own] for own in entries]
    references = [[*own[:4], other[0]] for own, other in pairwise(texts)]
    return ReferencedCaptions([own[4] for own in texts[:-1]], references)


def bleu(scored: ReferencedCaptions) -> tuple[Any, Any]:
    terms = bleu_terms(scored)
    return bleu_of_terms(terms.sum(axis=0)), bleu_of_terms(terms)


def mean_and_each(each: Any) -> tuple[Any, Any]:
    return each.mean(), each


def quietly(peer: Any, truths: dict[int, list[str]], results: dict[int, list[str]]) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):
        return peer.compute_score(truths, results)


def best_of_3(work: Callable[[], Any]) -> tuple[Any, float]:
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return result, min(seconds)


if __name__ == "__main__":
    main()
