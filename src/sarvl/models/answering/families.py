"""Families of image-text models of transformers: how each is prompted where it has no chat template, and writes boxes.

Sources. Qwen2-VL: parts of 1000 between its own tokens (Wang et al. 2024, arXiv 2409.12191; QwenLM/Qwen3-VL issue 866).
Qwen2.5-VL: pixels after the processor's resize (the same repository, issue 676). Qwen3-VL: parts of 1000 (issue 1741).
InternVL: parts of 1000 (OpenGVLab/InternVL issues 227 and 285; internvl.readthedocs.io, chat data format). LLaVA-1.5:
decimals, parts of 1 of the square that it sees (haotian-liu/LLaVA issue 606). PaliGemma: location tokens, parts of
1024, y before x (google-research/big_vision, configs/proj/paligemma/README.md), and prompts as on
ai.google.dev/gemma/docs/paligemma; the line break behind them is of its processor. BLIP-2: "Question: ... Answer:" (Li
et al. 2023, arXiv 2301.12597). SmolVLM and BLIP-2 are not known to write boxes.
"""

from dataclasses import dataclass

from sarvl.language.box_text import IN_PIXELS, LOCATIONS, OF_LLAVA, OF_QWEN2, THOUSANDTHS, BoxStyle


@dataclass(frozen=True)
class Family:
    """How models of one kind are asked.

    boxes: how they write them; None where that is not known. question, caption: the prompts where the processor has no
    chat template, ``{question}`` where the question goes; None where it must have one. in_order: whether an image looks
    at nothing that stands behind it, so that it can be taken in once for several questions; of others nobody knows.
    stands_alone: whether only a question stands in ``question``, without what evaluation and training put around one.
    behind: what the processor itself puts behind a prompt.
    """

    boxes: BoxStyle | None = None
    question: str | None = None
    caption: str | None = None
    in_order: bool = False
    stands_alone: bool = False
    behind: str = ""


FAMILIES: dict[str, Family] = {
    "blip-2": Family(None, "Question: {question} Answer:", "", in_order=True, stands_alone=True),
    "internvl": Family(THOUSANDTHS, in_order=True),
    "llava": Family(OF_LLAVA, "USER: <image>\n{question} ASSISTANT:", in_order=True),
    "paligemma": Family(LOCATIONS, "<image>answer en {question}", "<image>caption en", stands_alone=True, behind="\n"),
    "qwen2_5_vl": Family(IN_PIXELS, in_order=True),
    "qwen2_vl": Family(OF_QWEN2, in_order=True),
    "qwen3_vl": Family(THOUSANDTHS, in_order=True),
    "smolvlm": Family(in_order=True),
}
"""By transformers' ``model_type``; of all others nothing is known beforehand."""


def family_of(model_type: str) -> Family:
    """Return the family of a ``model_type``; one of which nothing is known where it has none."""
    return FAMILIES.get(model_type, Family())
