"""Train on what ``write_pairs.py`` wrote in LLaMA-Factory or in ms-swift, by the command that docs/training.md tells.

python tests/interop/train_elsewhere.py OUT llamafactory-cli
python tests/interop/train_elsewhere.py OUT swift

It is run where the trainer is installed. What differs from the page is the model, the folders, the processor, which is
the CPU, and that five steps are enough. Then the tokens that the trainer makes of the pairs are held against sarvl's.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "training.md"
NOTHING_ELSE = {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}  # neither a hub nor a GPU
SHORT = {"use_cpu": "true", "max_steps": "5", "logging_steps": "1"}
IMAGE, END, STEP, MOST = 151655, 151645, 28, 2048**2
Row = dict[str, Any]


def told(program: str, verb: str, changes: dict[str, str]) -> list[str]:
    """Return the arguments that the page tells for a trainer, some changed; what it sets before them is set here."""
    page = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    (line,) = re.findall(rf"^(.*{program} {verb} .*)$", page, re.MULTILINE)
    before, behind = line.split(f"{program} {verb} ")
    os.environ.update(NOTHING_ELSE | dict(re.findall(r"([A-Z_]+)=(\S+)", before)))
    words = shlex.split(behind)
    arguments = dict(zip(words[::2], words[1::2], strict=True))
    arguments |= {f"--{name}": value for name, value in (changes | SHORT).items()}
    return [word for pair in arguments.items() for word in pair]


def words_for_llama_factory(folder: Path) -> list[str]:
    """Return the arguments for LLaMA-Factory."""
    places = {"dataset_dir": f"{folder}/export", "media_dir": f"{folder}/export", "output_dir": f"{folder}/run"}
    return told("llamafactory-cli", "train", {"model_name_or_path": f"{folder}/model", **places})


def rows_of_llama_factory(words: list[str]) -> Iterator[Row]:
    """Yield the tokens that LLaMA-Factory makes of each pair, which of them are learnt, and its picture."""
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.hparams import get_train_args
    from llamafactory.model import load_tokenizer

    model, data, training, *_ = get_train_args([*words, "--dataset", "sarvl_train,sarvl_test"])
    module = load_tokenizer(model)
    template = get_template_and_fix_tokenizer(module["tokenizer"], data)
    for row in get_dataset(template, model, data, training, stage="sft", **module)["train_dataset"]:
        seen = template.mm_plugin._get_mm_inputs(row["images"], [], [], module["processor"])
        picture = Path(row["images"][0]).name
        yield {"ids": row["input_ids"], "labels": row["labels"], "grid": seen["image_grid_thw"], "picture": picture}


def words_for_swift(folder: Path) -> list[str]:
    """Return the arguments for ms-swift, which is started in the folder of the export."""
    os.chdir(folder / "export")
    return told("swift", "sft", {"model": f"{folder}/model", "output_dir": f"{folder}/run"})


def rows_of_swift(words: list[str]) -> Iterator[Row]:
    """Yield the tokens that ms-swift makes of each pair, which of them are learnt, and its picture."""
    from swift.pipelines.train.sft import SwiftSft

    run = SwiftSft([*words, "--dataset", "sharegpt_train.json", "sharegpt_test.json"])
    for row in run._get_dataset()[0]:
        picture = Path(row["images"][0]["path"]).name
        made = run.template.encode(row)
        yield {"ids": made["input_ids"], "labels": made["labels"], "grid": made["image_grid_thw"], "picture": picture}


Trainer = tuple[str, Callable[[Path], list[str]], Callable[[list[str]], Iterator[Row]]]
TRAINERS: dict[str, Trainer] = {
    "llamafactory-cli": ("train", words_for_llama_factory, rows_of_llama_factory),
    "swift": ("sft", words_for_swift, rows_of_swift),
}


def train(program: str, verb: str, words: list[str], run: Path) -> None:
    """Run a trainer; print its losses, and check that it saved an adapter of the decoder that has moved."""
    from safetensors.numpy import load_file

    shutil.rmtree(run, ignore_errors=True)
    command = [str(Path(sys.executable).with_name(program)), verb, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-6000:]
    print(program, "losses:", *re.findall(r"'loss': '?([0-9.]+)", said))
    (adapter,) = run.rglob("checkpoint-5/adapter_model.safetensors")
    weights = load_file(adapter)
    moved = [name for name, value in weights.items() if "lora_B" in name and value.any()]
    assert moved and not any("visual" in name for name in weights), list(weights)
    print(f"  saved {adapter.relative_to(run)}: {len(weights)} matrices, of {len(moved)} of which the second has moved")


def check_pairs(rows: list[Row], folder: Path) -> None:
    """Check that sarvl has the same pairs, to the token, but for a line break that is learnt behind the last."""
    pictures = {
        name
        for entry in json.loads((folder / "export" / "sharegpt_train.json").read_text())
        for name in entry["images"]
    }
    theirs: Counter[Any] = Counter()
    for row in (row for row in rows if f"images/{row['picture']}" in pictures):
        ids, learnt = list(row["ids"]), [label for label in row["labels"] if label != -100]
        assert ids[-2] == learnt[-2] == END and ids[-len(learnt) :] == learnt
        theirs[tuple(ids[:-1]), tuple(learnt[:-1]), tuple(row["grid"])] += 1
    ours = Counter(tuple(map(tuple, pair)) for pair in json.loads((folder / "pairs.json").read_text()))
    assert theirs == ours, [*(ours - theirs), *(theirs - ours)][:2]
    print(f"  {ours.total()} pairs as in sarvl, to the token")


def check_frames(rows: list[Row], folder: Path, most_steps: int) -> None:
    """Check that each image is seen in the size that the boxes of its texts are in, and has as many tokens.

    most_steps: how far from it the sides of larger images may be than those of 2048 x 2048 pixels.
    """
    frames, off = json.loads((folder / "frames.json").read_text()), 0
    for row in rows:
        height, width = (side * STEP // 2 for side in row["grid"][1:])
        seen, (wanted, is_large) = (width, height), frames[row["picture"]]
        assert list(row["ids"]).count(IMAGE) * STEP**2 == width * height
        steps = max(abs(side - told) // STEP for side, told in zip(seen, wanted, strict=True))
        assert steps <= (most_steps if is_large else 0), (row["picture"], seen, wanted)
        off += steps > 0
    print(
        f"  {len(frames)} pictures; of {len(rows)} pairs {off} have a large one that is seen a step larger or smaller"
    )


def main() -> None:
    folder, program = Path(sys.argv[1]).absolute(), sys.argv[2]
    verb, words_for, rows_of = TRAINERS[program]
    words = words_for(folder)
    train(program, verb, words, folder / "run")
    rows = [row | {"grid": row["grid"][0].tolist()} for row in rows_of(words)]
    check_pairs(rows, folder)
    check_frames(rows, folder, most_steps=int(program == "swift"))


if __name__ == "__main__":
    main()
