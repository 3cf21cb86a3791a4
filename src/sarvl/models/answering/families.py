"""Families of image-text models of transformers: how each is prompted where it has no chat template, and writes boxes.

Sources. Qwen2-VL: parts of 1000 between its own tokens (Wang et al. 2024, arXiv 2409.12191; QwenLM/Qwen3-VL issue 866).
Qwen2.5-VL: pixels after the processor's resize (the same repository, issue 676). Qwen3-VL: parts of 1000 (issue 1741).
InternVL: parts of 1000 (OpenGVLab/InternVL issues 227 and 285; internvl.readthedocs.io, chat data format). LLaVA-1.5:
decimals, parts of 1 of the square that it sees (haotian-liu/LLaVA issue 606). PaliGemma: location tokens, parts of
1024, y before x (google-research/big_vision, configs/proj/paligemma/README.md), and prompts as on
ai.google.dev/gemma/docs/paligemma. BLIP-2: "Question: ... Answer:" (Li et al. 2023, arXiv 2301.12597). SmolVLM and
BLIP-2 are not known to write boxes.
"""

from dataclasses import dataclass

from sarvl.models.answering.box_words import BoxStyle

_THOUSANDTHS = BoxStyle()
_OF_QWEN2 = BoxStyle("(x1,y1),(x2,y2)", before="(", between=",", middle="),(", behind=")")
_OF_LLAVA = BoxStyle(parts=100, before="[0.", between=", 0.", middle=", 0.", digits=2, largest=99)
_LOCATIONS = BoxStyle(
    "location tokens", "yxyx", 1024, "<loc", "><loc", "><loc", ">", joint=" ; ", digits=4, largest=1023
)


@dataclass(frozen=True)
class Family:
    """How models of one kind are asked.

    boxes: how they write them; None where that is not known. question, caption: the prompts where the processor has no
    chat template, ``{question}`` where the question goes; None where it must have one. in_order: whether an image looks
    at nothing that stands behind it, so that it can be taken in once for several questions; of others nobody knows.
    """

    boxes: BoxStyle | None = None
    question: str | None = None
    caption: str | None = None
    in_order: bool = False


FAMILIES: dict[str, Family] = {
    "blip-2": Family(None, "Question: {question} Answer:", "", in_order=True),
    "internvl": Family(_THOUSANDTHS, in_order=True),
    "llava": Family(_OF_LLAVA, "USER: <image>\n{question} ASSISTANT:", in_order=True),
    "paligemma": Family(_LOCATIONS, "<image>answer en {question}", "<image>caption en"),
    "qwen2_5_vl": Family(BoxStyle(parts=None), in_order=True),
    "qwen2_vl": Family(_OF_QWEN2, in_order=True),
    "qwen3_vl": Family(_THOUSANDTHS, in_order=True),
    "smolvlm": Family(in_order=True),
}
"""By transformers' ``model_type``; of all others nothing is known beforehand."""


def family_of(model_type: str) -> Family:
    """Return the family of a ``model_type``; one of which nothing is known where it has none."""
    return FAMILIES.get(model_type, Family())
