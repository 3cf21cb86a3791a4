"""A small CoCa whose weights come from numpy, so that they are the same beside every version of torch."""

import numpy as np
import open_clip
import torch

NETWORKS = (0, 2, 3, 5, 6, 8)
VOCABULARY, START, END = 96, 94, 95
CONTEXT = 24


def small_coca(seed: int = 0, scale: float = 0.25) -> open_clip.CoCa:
    """Return an open_clip CoCa of images of 32 px; scale: the deviation of its weights."""
    common = {"context_length": CONTEXT, "vocab_size": VOCABULARY, "width": 32, "heads": 4, "layers": 2}
    vision = {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8}
    network = open_clip.CoCa(
        embed_dim=32,
        vision_cfg=vision | {"attentional_pool": True, "attn_pooler_heads": 4, "output_tokens": True},
        text_cfg=common | {"embed_cls": True, "output_tokens": True},
        multimodal_cfg=common | {"attn_pooler_heads": 4, "n_queries": 16},
    )
    network.text_decoder.text_projection = torch.nn.Parameter(torch.empty(32, VOCABULARY))
    rng = np.random.default_rng(seed)
    for name, parameter in sorted(network.named_parameters()):
        if "ln_" not in name and parameter.ndim:
            parameter.data = torch.from_numpy(rng.normal(0, scale, parameter.shape).astype(np.float32))
    network.text_decoder.text_projection.data[:, [0, END]] *= 1.7  # so that texts end, and hold padding
    return network.eval()


def pictures(count: int, seed: int = 1) -> torch.Tensor:
    """Return random images (N, 3, 32, 32)."""
    return torch.from_numpy(np.random.default_rng(seed).normal(0, 1, (count, 3, 32, 32)).astype(np.float32))


class Words:
    """A tokenizer of numbers: token 7 is the word `7`."""

    sot_token_id, eot_token_id, vocab_size = START, END, VOCABULARY

    def decode(self, tokens: list[int]) -> str:
        """Return the tokens as numbers."""
        return " ".join(map(str, tokens))


SEARCHES = {
    "greedy": {"generation_type": "top_k", "top_k": 1},
    "greedy from 9 tokens": {"generation_type": "top_k", "top_k": 1, "min_seq_len": 9},
    "beams": {"num_beams": 6, "num_beam_groups": 1},
    "beams in groups": {"num_beams": 6, "num_beam_groups": 3},
    "two beams": {"num_beams": 2, "num_beam_groups": 1, "min_seq_len": 2},
}
