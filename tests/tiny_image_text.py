"""Tiny models of images and texts with random weights, one a kind that transformers has, as folders on disk."""

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

TEXT = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
}
SPECIAL = (
    *("<image>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>"),
    *("<|image_pad|>", "<|video_pad|>", "<IMG_CONTEXT>", "<img>", "</img>", "<fake_token_around_image>"),
    *("<global-img>", "<end_of_utterance>", "<row_1_col_1>"),
)
CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}IMAGE{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tokenizer(locations: bool = False, **named: str) -> Any:
    """Return a tokenizer of bytes with a few words. locations: with PaliGemma's. named: what InternVL asks for."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("y", "e"), ("ye", "s"), ("n", "o"), ("Ġ", "n"), ("s", "h"), ("i", "p"), ("sh", "ip"), ("1", "2")]
    words = [*letters, *("".join(merge) for merge in merges)]
    core = Tokenizer(models.BPE({word: place for place, word in enumerate(words)}, merges))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", bos_token="<s>", eos_token="</s>", extra_special_tokens=named
    )
    made.add_tokens([*SPECIAL], special_tokens=True)
    if locations:
        made.add_tokens([f"<loc{place:04d}>" for place in range(1024)])
    return made


def _llava() -> tuple[Any, Any]:
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaImageProcessor, LlavaProcessor

    words = tokenizer()
    vision = CLIPVisionConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, image_size=32, patch_size=8
    )
    config = LlavaConfig(
        vision_config=vision.to_dict(),
        text_config=LlamaConfig(**TEXT, vocab_size=len(words)).to_dict(),
        image_token_index=words.convert_tokens_to_ids("<image>"),
    )
    images = LlavaImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    chat = CHAT.replace("IMAGE", "<image>\n")
    return config, LlavaProcessor(images, words, 8, "default", chat, num_additional_image_tokens=1)


def _qwen(version: str) -> tuple[Any, Any]:
    import transformers

    name = f"Qwen{version}VL"
    words = tokenizer()
    ids = words.convert_tokens_to_ids
    vision: dict[str, Any] = {
        "2": {"depth": 2, "embed_dim": 32, "hidden_size": 32, "num_heads": 4, "mlp_ratio": 2},
        "2_5_": {
            **{"depth": 2, "hidden_size": 32, "out_hidden_size": 32, "num_heads": 4, "intermediate_size": 48},
            **{"fullatt_block_indexes": [1], "window_size": 56},
        },
        "3": {
            **{"depth": 2, "hidden_size": 32, "out_hidden_size": 32, "num_heads": 4, "intermediate_size": 48},
            **{"deepstack_visual_indexes": [0], "num_position_embeddings": 64},
        },
    }[version]
    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 1, 1]}
    text = {**TEXT, "vocab_size": len(words), "rope_parameters": rope}
    if version == "3":
        text |= {"head_dim": 8, "rope_parameters": {**rope, "mrope_interleaved": True}}
    special = {
        "image_token_id": ids("<|image_pad|>"),
        "video_token_id": ids("<|video_pad|>"),
        "vision_start_token_id": ids("<|vision_start|>"),
        "vision_end_token_id": ids("<|vision_end|>"),
    }
    config = getattr(transformers, f"{name}Config")(text_config=text, vision_config=vision, **special)
    side = 32 if version == "3" else 28
    images = transformers.Qwen2VLImageProcessor(
        patch_size=side // 2, size={"shortest_edge": side * side, "longest_edge": side * side * 16}
    )
    video_kind = "Qwen3VLVideoProcessor" if version == "3" else "Qwen2VLVideoProcessor"
    chat = CHAT.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
    return config, getattr(transformers, f"{name}Processor")(images, words, getattr(transformers, video_kind)(), chat)


def _internvl() -> tuple[Any, Any]:
    from transformers import (
        GotOcr2ImageProcessor,
        InternVLConfig,
        InternVLProcessor,
        InternVLVideoProcessor,
        InternVLVisionConfig,
        Qwen2Config,
    )

    words = tokenizer(
        start_image_token="<img>",
        end_image_token="</img>",
        context_image_token="<IMG_CONTEXT>",
        video_token="<|video_pad|>",
    )
    vision = InternVLVisionConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, image_size=32, patch_size=8
    )
    config = InternVLConfig(
        vision_config=vision.to_dict(),
        text_config=Qwen2Config(**TEXT, vocab_size=len(words)).to_dict(),
        image_token_id=words.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
    )
    images = GotOcr2ImageProcessor(size={"height": 32, "width": 32}, crop_to_patches=True, max_patches=4)
    chat = CHAT.replace("IMAGE", "<IMG_CONTEXT>\n")
    return config, InternVLProcessor(images, words, InternVLVideoProcessor(), image_seq_length=4, chat_template=chat)


def _smolvlm() -> tuple[Any, Any]:
    from transformers import (
        LlamaConfig,
        SmolVLMConfig,
        SmolVLMImageProcessor,
        SmolVLMProcessor,
        SmolVLMVideoProcessor,
        SmolVLMVisionConfig,
    )

    words = tokenizer()
    vision = SmolVLMVisionConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, image_size=32, patch_size=8
    )
    config = SmolVLMConfig(
        vision_config=vision.to_dict(),
        text_config=LlamaConfig(**TEXT, vocab_size=len(words)).to_dict(),
        image_token_id=words.convert_tokens_to_ids("<image>"),
        pad_token_id=words.pad_token_id,
    )
    images = SmolVLMImageProcessor(
        size={"longest_edge": 32}, max_image_size={"longest_edge": 32}, do_image_splitting=False
    )
    chat = CHAT.replace("IMAGE", "<image>")
    return config, SmolVLMProcessor(images, words, SmolVLMVideoProcessor(), image_seq_len=4, chat_template=chat)


def _paligemma() -> tuple[Any, Any]:
    from transformers import (
        GemmaConfig,
        PaliGemmaConfig,
        PaliGemmaProcessor,
        SiglipImageProcessor,
        SiglipVisionConfig,
    )

    words = tokenizer(locations=True)
    vision = SiglipVisionConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, image_size=32, patch_size=8
    )
    images = SiglipImageProcessor(size={"height": 32, "width": 32})
    images.image_seq_length = 16
    processor = PaliGemmaProcessor(images, words)
    text = GemmaConfig(**TEXT, head_dim=8, vocab_size=len(words))
    config = PaliGemmaConfig(
        vision_config=vision.to_dict(),
        text_config=text.to_dict(),
        image_token_index=words.convert_tokens_to_ids("<image>"),
        projection_dim=32,
    )
    return config, processor


def _blip_2() -> tuple[Any, Any]:
    from transformers import (
        Blip2Config,
        Blip2Processor,
        Blip2QFormerConfig,
        Blip2VisionConfig,
        BlipImageProcessor,
        OPTConfig,
    )

    words = tokenizer()
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    vision = Blip2VisionConfig(**shape, intermediate_size=48, image_size=32, patch_size=8, initializer_range=0.02)
    config = Blip2Config(
        vision_config=vision.to_dict(),
        qformer_config=Blip2QFormerConfig(**shape, intermediate_size=48, encoder_hidden_size=32).to_dict(),
        text_config=OPTConfig(
            **shape, ffn_dim=48, vocab_size=len(words), word_embed_proj_dim=32, max_position_embeddings=512
        ).to_dict(),
        num_query_tokens=4,
        image_token_index=words.convert_tokens_to_ids("<image>"),
    )
    images = BlipImageProcessor(size={"height": 32, "width": 32})
    return config, Blip2Processor(images, words, num_query_tokens=4)


KINDS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "llava": _llava,
    "qwen2-vl": lambda: _qwen("2"),
    "qwen2.5-vl": lambda: _qwen("2_5_"),
    "qwen3-vl": lambda: _qwen("3"),
    "internvl": _internvl,
    "smolvlm": _smolvlm,
    "paligemma": _paligemma,
    "blip-2": _blip_2,
}


@cache
def tiny_model(kind: str, root: Path) -> Path:
    """Return the folder of a tiny model below ``root``, made once; raises ImportError where transformers lacks it."""
    import torch
    from transformers import AutoModelForImageTextToText

    config, processor = KINDS[kind]()
    for part in (config, config.get_text_config()):
        part.eos_token_id, part.bos_token_id = processor.tokenizer.eos_token_id, processor.tokenizer.bos_token_id
    folder = root / kind
    torch.manual_seed(0)
    network = AutoModelForImageTextToText.from_config(config).eval()
    with torch.no_grad():  # drawn wider than they are, so that no two tokens are nearly equally likely
        for parameter in network.parameters():
            if parameter.ndim > 1:
                parameter.mul_(4)
    shutil.rmtree(folder, ignore_errors=True)
    network.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
