"""A small sarvl-gpt, a corpus with questions, and a tiny causal model of transformers with its tokenizer."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import yaml
from micro import make_build_recipe, micro_model

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.models.gpt.construction import with_language
from sarvl.models.gpt.language_options import SmallLanguage
from sarvl.models.gpt.sarvl_gpt import SarvlGpt
from sarvl.recipes import load_recipe

SMALL = SmallLanguage(width=32, layers=2, heads=2)
WORDS = ["<unk>", "<s>", "</s>", "how", "many", "ships", "?", "yes", "no", "2", "user", "model", ":", "a"]
TEMPLATE = (
    "{% for message in messages %}{{ message['role'] + ' : ' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}</s>{% endif %}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant : {% endif %}"
)


def question_corpus(folder: Path) -> Corpus:
    """Return the micro corpus with questions; it is built once a process, and copied."""
    shutil.copytree(_built().name, folder, dirs_exist_ok=True)
    return Corpus.open(folder / "corpus")


@cache
def _built() -> TemporaryDirectory:
    place = TemporaryDirectory()
    recipe = load_recipe(make_build_recipe(Path(place.name)), BuildRecipe, ["questions={preset: balanced}"])
    build(recipe, Path(place.name) / "corpus", workers=1)
    return place


def micro_gpt(folder: Path) -> SarvlGpt:
    """Return an untrained sarvl-gpt of 32 px whose decoder writes bytes."""
    torch.manual_seed(0)
    return with_language(micro_model(folder), SMALL)


def tiny_llama(folder: Path, template: str | None = TEMPLATE) -> Path:
    """Write a causal model of transformers of 2 layers and 14 words; its output layer is tied to its embedding."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="<unk>", bos_token="<s>", eos_token="</s>", chat_template=template
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlamaConfig(vocab_size=len(WORDS), **sizes, max_position_embeddings=512, tie_word_embeddings=True)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def answer_recipe(folder: Path, corpus: Path, model: dict, **stage: object) -> Path:
    """Write a recipe of one stage of answers over a corpus with questions."""
    fields = {"batch_size": 8, "learning_rate": 3e-3, "warmup_steps": 2, "epochs": 2, "options": {"pairs_an_image": 3}}
    only = {"name": "answers", "corpus": str(corpus), "objective": "answers", "validation": "val", **fields, **stage}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "answers.yaml"
    path.write_text(yaml.safe_dump({"seed": 3, "model": model, "stages": [only], "save_every": 2}))
    return path
