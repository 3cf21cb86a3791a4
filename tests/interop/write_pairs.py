"""Write what other trainers are to learn: a tiny Qwen2.5-VL, an export for it, and the pairs that sarvl makes of it.

python tests/interop/write_pairs.py OUT [CORPUS]

It is run where transformers is installed. Without a corpus that was built elsewhere one is made, with images of sizes
that resize differently.
"""

import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.corpus.export import export
from sarvl.corpus.export.box_forms import seen_by_qwen
from sarvl.language.box_text import Size
from sarvl.models import load_model
from sarvl.models.answering.answer_learning import LearningImageTextModel
from sarvl.recipes import load_recipe
from sarvl.training.data.batches import StageData
from sarvl.training.objectives.answers import AnswerOptions, pairs_of
from sarvl.training.recipe import Stage

RECIPE = """
sources:
  - {name: port, format: coco, images: train, annotations: train.json, quantity: display, split: train}
  - {name: large, format: coco, images: test, annotations: test.json, quantity: display, split: test}
questions: {preset: balanced}
"""
SIZES = {  # (width, height): of whole steps of 28, between them, below 56 x 56 pixels, narrow; and above 2048 x 2048
    "train": [(112, 84), (128, 96), (100, 131), (150, 50), (40, 36), (300, 30), (98, 70), (333, 217)],
    "test": [(2600, 2000), (1850, 2650)],
}
# As that of Qwen2.5-VL is, less what videos need: the trainers find <|image_pad|> by its number, 151655.
SPECIAL = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>"),
    *("<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>"),
    *("<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"),
)
FIRST_SPECIAL = 151643
CHAT = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}<|im_start|>system\n"
    "You are a helpful assistant.<|im_end|>\n{% endif %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part['text'] }}"
    "{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tokenizer() -> Any:
    """Return a tokenizer of bytes, whose special tokens have the names and numbers of Qwen2.5-VL's."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*letters, *(f"never written {place}" for place in range(len(letters), FIRST_SPECIAL))]
    core = Tokenizer(models.BPE({word: place for place, word in enumerate(words)}, []))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([*SPECIAL])
    return PreTrainedTokenizerFast(tokenizer_object=core, pad_token="<|endoftext|>", eos_token="<|im_end|>")


def write_model(folder: Path) -> None:
    """Write a Qwen2.5-VL of two layers and random weights, as large in tokens and pixels as the published ones."""
    import torch
    import transformers

    words = tokenizer()
    ids = words.convert_tokens_to_ids
    text = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    text |= {"num_key_value_heads": 2, "vocab_size": 151936, "max_position_embeddings": 16384}
    text |= {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [2, 3, 3]}}
    text |= {"eos_token_id": words.eos_token_id, "bos_token_id": ids("<|endoftext|>")}
    vision = {"depth": 2, "hidden_size": 32, "out_hidden_size": 64, "num_heads": 4, "intermediate_size": 48}
    names = ("image_pad", "video_pad", "vision_start", "vision_end")
    marks = {f"{name.replace('pad', 'token').removesuffix('_token')}_token_id": ids(f"<|{name}|>") for name in names}
    config = transformers.Qwen2_5_VLConfig(
        text_config=text, vision_config=vision | {"fullatt_block_indexes": [1]}, tie_word_embeddings=True, **marks
    )
    torch.manual_seed(0)
    transformers.Qwen2_5_VLForConditionalGeneration(config).save_pretrained(folder)
    pixels = {"shortest_edge": 56 * 56, "longest_edge": 12845056}
    images, videos = (
        getattr(transformers, f"Qwen2VL{kind}Processor")(patch_size=14, size=pixels) for kind in ("Image", "Video")
    )
    transformers.Qwen2_5_VLProcessor(images, words, videos, chat_template=CHAT).save_pretrained(folder)


def made_corpus(folder: Path) -> Corpus:
    """Build a corpus of scenes of ships and bridges in all ``SIZES``."""
    categories = [{"id": 0, "name": "ship"}, {"id": 1, "name": "bridge"}]
    for split, sizes in SIZES.items():
        (folder / split).mkdir(parents=True, exist_ok=True)
        images, boxes = [], []
        for number, (width, height) in enumerate(sizes):
            pixels = np.random.default_rng(number).integers(0, 255, (height, width), np.uint8)
            cv2.imwrite(str(folder / split / f"{number}.png"), pixels)
            images.append({"id": number, "file_name": f"{number}.png", "width": width, "height": height})
            for place in range(1 + number % 3):
                box = [width * place // 4, height // 5 + place, width // 5, height // 3]
                boxes.append({"image_id": number, "category_id": (number + place) % 2, "bbox": box})
        told = {"images": images, "annotations": boxes, "categories": categories}
        (folder / f"{split}.json").write_text(json.dumps(told))
    (folder / "build.yaml").write_text(RECIPE)
    return build(load_recipe(folder / "build.yaml", BuildRecipe), folder / "corpus")


def pairs_of_sarvl(model: LearningImageTextModel, corpus: Corpus) -> list[list[list[int]]]:
    """Return the tokens that sarvl makes of each text to be trained on: all, those that are learnt, and the grid."""
    stage = {"name": "answers", "corpus": str(corpus.folder), "objective": "answers", "sampling": "texts"}
    stage |= {"learning_rate": 1e-4, "epochs": 1, "batch_size": 1}
    data = StageData.open(Stage.model_validate(stage), "train", model, seed=0, workers=1)
    made = []
    for step in range(data.steps_per_epoch):
        batch = data.training_batch(step)
        pairs = pairs_of(corpus.texts.take(batch.texts), AnswerOptions())
        inputs = model.answer_inputs(batch.images, batch.pixels, [pairs])
        made.append([inputs[name][0].tolist() for name in ("input_ids", "answers", "image_grid_thw")])
    return made


def frames_of(folder: Path) -> dict[str, tuple[Size, bool]]:
    """Return of each picture of an export the size that its boxes are in, and whether it is a large one."""
    sizes = {path.name: Size(*cv2.imread(str(path)).shape[1::-1]) for path in (folder / "images").iterdir()}
    return {name: (seen_by_qwen(size), size.width * size.height > 2048**2) for name, size in sizes.items()}


def main() -> None:
    folder = Path(sys.argv[1])
    corpus = Corpus.open(Path(sys.argv[2])) if len(sys.argv) > 2 else made_corpus(folder)
    write_model(folder / "model")
    export(corpus, folder / "export", "sharegpt", prompts="sarlang", choices="letter", boxes="qwen2.5-vl")
    pairs = pairs_of_sarvl(LearningImageTextModel.of(load_model(f"hf:{folder / 'model'}")), corpus)
    frames = frames_of(folder / "export")
    (folder / "pairs.json").write_text(json.dumps(pairs))
    (folder / "frames.json").write_text(json.dumps(frames))
    print(f"{len(pairs)} pairs, {len(frames)} pictures")


if __name__ == "__main__":
    main()
