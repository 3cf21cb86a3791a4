"""Write the floors of the real run: its network with random weights, and with the ImageNet tower that it began from.

    python experiments/floors.py runs/real/model runs/real/floors

Both read images by the trained model's own contract, so that only the weights differ. Neither has learnt a word: what
they score by texts is chance, what a probe scores by their image features is not.
"""

import sys
from pathlib import Path

import torch

from sarvl.models import create_model, load_image_tower, load_model, save_model

IMAGENET = Path("../shared/data/imagenet_mobilenet_v2/model.safetensors")


def main(trained: Path, out: Path) -> None:
    contract = load_model(str(trained)).contract
    for name, weights in (("random", None), ("imagenet", IMAGENET)):
        torch.manual_seed(0)
        model = create_model("sarvl-mobile")
        if weights:
            load_image_tower(model, weights)
        model.contract = contract
        save_model(model, out / name, {}, licence="Apache-2.0 (google-coral)" if weights else "none: random weights")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
