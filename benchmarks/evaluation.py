"""The figures of sarvl beside those of LAION's CLIP_benchmark and scikit-learn, on the same features, in one run.

    pip install clip_benchmark scikit-learn
    python benchmarks/evaluation.py

Retrieval of 5,000 images x 25,000 texts (512 wide): recalls, seconds, and how much memory each took; zero-shot
classification: top-1, top-5 and balanced accuracy; linear probe: the weights of the optimum. The peers' own code is
called, with a model whose towers hand on features. Every caption is distinct, so that the strict recalls must be equal.
"""

import argparse
import resource
import time
from types import SimpleNamespace

import numpy as np
import torch

from sarvl.evaluation.templates import class_embeddings
from sarvl.measures.classification import classify
from sarvl.measures.logistic import fit_logistic
from sarvl.measures.retrieval import RECALL_DEPTHS, retrieval

CLASSES, TEMPLATES = 12, ("a SAR image of {c}.", "a radar image of {c}.")


# A model for the peer, whose images and texts are features already.
HANDED_ON = SimpleNamespace(encode_image=lambda features: features, encode_text=lambda features: features)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--images", type=int, default=5000)
    arguments.add_argument("--captions", type=int, default=5, help="captions an image")
    arguments.add_argument("--width", type=int, default=512)
    arguments.add_argument("--batch", type=int, default=64, help="the peer's batch size (its default)")
    arguments.add_argument("--threads", type=int, help="of PyTorch and BLAS; all cores by default")
    options = arguments.parse_args()
    try:
        from clip_benchmark.metrics import zeroshot_classification, zeroshot_retrieval  # noqa: PLC0415
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    except ImportError as problem:
        raise SystemExit(f"{problem}; install clip_benchmark and scikit-learn in an environment of their own") from None
    if options.threads:
        torch.set_num_threads(options.threads)
    compare_probe(LogisticRegression)
    compare_zeroshot(zeroshot_classification, options.width)
    compare_retrieval(zeroshot_retrieval, options)


def compare_retrieval(peer: object, options: argparse.Namespace) -> None:
    images, texts, image_of_text = made_up_features(options.images, options.captions, options.width)
    product, _, _ = measured(lambda: multiply(texts, images))
    seconds, ours, memory = measured(lambda: retrieval(images, texts, np.arange(len(texts)), image_of_text))
    batches = [
        (
            torch.from_numpy(images[start : start + options.batch]),
            torch.from_numpy(texts[start * options.captions : (start + options.batch) * options.captions]).split(
                options.captions
            ),
        )
        for start in range(0, len(images), options.batch)
    ]
    peer_seconds, theirs, peer_memory = measured(
        lambda: peer.evaluate(HANDED_ON, batches, _stacked, "cpu", amp=False, recall_k_list=list(RECALL_DEPTHS))
    )
    for k in RECALL_DEPTHS:
        for name, side in (("image", ours.strict.text_to_image), ("text", ours.strict.image_to_text)):
            told = theirs[f"{name}_retrieval_recall@{k}"]
            print(f"{name} retrieval R@{k}: sarvl {side.recall(k):.6f}, peer {told:.6f}")
    size, threads = f"{len(images)} x {len(texts)}", torch.get_num_threads()
    print(f"ranks, strict and grouped, {size}: sarvl {seconds:.2f} s, peer {peer_seconds:.2f} s")
    print(f"ratio {peer_seconds / seconds:.1f}x on {threads} threads")
    print(f"the product of all scores alone, once: {product:.2f} s; sarvl needs little more")
    print(f"growth of the most memory held: sarvl {memory:.0f} MiB, then peer {peer_memory:.0f} MiB")


def multiply(queries: np.ndarray, candidates: np.ndarray, chunk: int = 256) -> None:
    for start in range(0, len(queries), chunk):
        queries[start : start + chunk] @ candidates.T


def _stacked(rows: list[torch.Tensor]) -> torch.Tensor:
    """Stand in for a tokenizer: the texts of a batch are features already."""
    return torch.stack(rows)


def compare_zeroshot(peer: object, width: int) -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, CLASSES, 2000)
    prompts = {
        template.format(c=name): row
        for (name, template), row in zip(
            ((name, template) for name in range(CLASSES) for template in TEMPLATES),
            unit(rng.standard_normal((CLASSES * len(TEMPLATES), width))),
            strict=True,
        )
    }
    centres = np.stack([prompts[TEMPLATES[0].format(c=name)] for name in range(CLASSES)])
    images = unit(centres[labels] + rng.standard_normal((len(labels), width)) / 2)

    def encode(sentences: list[str]) -> np.ndarray:
        return np.stack([prompts[sentence] for sentence in sentences])

    ours = classify(
        images,
        class_embeddings(encode, list(map(str, range(CLASSES))), [text.replace("{c}", "{}") for text in TEMPLATES]),
        labels,
        logit_scale=100.0,
    )
    classifier = peer.zero_shot_classifier(
        HANDED_ON,
        lambda texts: torch.from_numpy(encode(texts)),
        list(range(CLASSES)),
        list(TEMPLATES),
        "cpu",
        amp=False,
    )
    batches = [(torch.from_numpy(images), torch.from_numpy(labels))]
    logits, targets = peer.run_classification(HANDED_ON, classifier, batches, "cpu", amp=False)
    # What the peer's `evaluate` counts from these; the call itself fails with NumPy 2.4 and later.
    nearest = logits.topk(5, dim=1).indices == targets[:, None]
    balanced = peer.balanced_accuracy_score(targets, logits.argmax(dim=1))
    print(f"zero-shot top-1: sarvl {ours.accuracy(1):.6f}, peer {nearest[:, 0].float().mean():.6f}")
    print(f"zero-shot top-5: sarvl {ours.accuracy(5):.6f}, peer {nearest.any(dim=1).float().mean():.6f}")
    print(f"zero-shot balanced: sarvl {ours.mean_per_class_accuracy():.6f}, peer {balanced:.6f}")


def compare_probe(regression: type) -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, CLASSES, 1500)
    features = unit(rng.standard_normal((CLASSES, 128))[labels] + 2 * rng.standard_normal((len(labels), 128)))
    for c in (0.1, 10.0, 1000.0):
        seconds, ours, _ = measured(lambda c=c: fit_logistic(features, labels, CLASSES, c))
        peer_seconds, theirs, _ = measured(
            lambda c=c: regression(C=c, tol=1e-8, max_iter=10_000).fit(features.astype(np.float64), labels)
        )
        gap = np.abs(ours.weights - theirs.coef_).max() / np.abs(theirs.coef_).max()
        ends = [
            objective(weights, bias, features, labels, c)
            for weights, bias in ((ours.weights, ours.bias), (theirs.coef_, theirs.intercept_))
        ]
        times = f"sarvl {seconds:.2f} s, scikit-learn {peer_seconds:.2f} s"
        print(f"probe, C = {c:g}: weights differ by {gap:.1e} of the largest at most; {times}")
        print(f"    the objective ends at {ends[0]:.6f} here and at {ends[1]:.6f} there")


def objective(weights: np.ndarray, bias: np.ndarray, features: np.ndarray, labels: np.ndarray, c: float) -> float:
    logits = torch.from_numpy(features.astype(np.float64) @ weights.T + bias)
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels), reduction="sum")
    return float(loss + np.square(weights).sum() / (2 * c))


def measured(work: object) -> tuple[float, object, float]:
    """Return CPU seconds, what the work gives, and by how many MiB the most memory that this process has had grew."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    given = work()
    seconds = time.process_time() - start
    return seconds, given, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def made_up_features(images: int, captions: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    image_features = unit(rng.standard_normal((images, width)))
    image_of_text = np.repeat(np.arange(images), captions)
    noise = rng.standard_normal((len(image_of_text), width), dtype=np.float32) / np.float32(width**0.5)
    return image_features, unit(image_features[image_of_text] + 5 * noise), image_of_text


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


if __name__ == "__main__":
    main()
