"""Retrieval ranks of 5,000 images x 25,000 texts (512 wide) against the algorithm of LAION's CLIP_benchmark.

The peer keeps the full score matrix and a dense matrix of positives, and finds recall at k from one-hot top-k indices,
batch by batch (LAION-AI/CLIP_benchmark, clip_benchmark/metrics/zeroshot_retrieval.py, MIT). Both run here on the
same features with the same number of threads; every caption is distinct, so that the strict recalls must be equal.
"""

import argparse
import time

import numpy as np
import torch

from sarvl.measures.retrieval import RECALL_DEPTHS, retrieval


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--images", type=int, default=5000)
    arguments.add_argument("--captions", type=int, default=5, help="captions an image")
    arguments.add_argument("--width", type=int, default=512)
    arguments.add_argument("--batch", type=int, default=64, help="the peer's batch size (its default)")
    arguments.add_argument("--repeats", type=int, default=2)
    options = arguments.parse_args()
    images, texts, image_of_text = made_up_features(options.images, options.captions, options.width)

    ours_seconds, peer_seconds = [], []
    for _ in range(options.repeats):
        start = time.perf_counter()
        result = retrieval(images, texts, np.arange(len(texts)), image_of_text)
        ours_seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
        peer = peer_recalls(*map(torch.from_numpy, (images, texts, image_of_text)), options.batch)
        peer_seconds.append(time.perf_counter() - start)

    for k in RECALL_DEPTHS:
        ours = (result.strict.text_to_image.recall(k), result.strict.image_to_text.recall(k))
        print(
            f"R@{k}: text to image {ours[0]:.4f} (peer {peer[k][0]:.4f}), "
            f"image to text {ours[1]:.4f} (peer {peer[k][1]:.4f})"
        )
    print(f"sarvl {min(ours_seconds):.2f} s, peer {min(peer_seconds):.2f} s (best of {options.repeats}, taken in turn)")
    print(f"ratio {min(peer_seconds) / min(ours_seconds):.1f}x on {torch.get_num_threads()} threads")


def made_up_features(images: int, captions: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    image_features = unit(rng.standard_normal((images, width), dtype=np.float32))
    image_of_text = np.repeat(np.arange(images), captions)
    noise = rng.standard_normal((len(image_of_text), width), dtype=np.float32) / np.float32(width**0.5)
    return image_features, unit(image_features[image_of_text] + 5 * noise), image_of_text


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def peer_recalls(
    images: torch.Tensor, texts: torch.Tensor, image_of_text: torch.Tensor, batch: int
) -> dict[int, tuple[float, float]]:
    scores = texts @ images.T  # (T, N)
    positive = torch.zeros_like(scores, dtype=torch.bool)
    positive[torch.arange(len(texts)), image_of_text] = True
    return {
        k: (peer_recall(scores, positive, k, batch), peer_recall(scores.T, positive.T, k, batch)) for k in RECALL_DEPTHS
    }


def peer_recall(scores: torch.Tensor, positive: torch.Tensor, k: int, batch: int) -> float:
    found = []
    for start in range(0, len(scores), batch):
        right = positive[start : start + batch]  # (B, C)
        nearest = torch.topk(scores[start : start + batch], k, dim=1).indices  # (B, k)
        one_hot = torch.nn.functional.one_hot(nearest, num_classes=scores.shape[1])  # (B, k, C)
        found.append((one_hot * right[:, None]).sum(dim=(1, 2)) / right.sum(dim=1) > 0)
    return float(torch.cat(found).float().mean())


if __name__ == "__main__":
    main()
