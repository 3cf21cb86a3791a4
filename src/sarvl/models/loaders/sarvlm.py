"""``sarvlm:PATH``: SARCLIP and SARCoCa of SARVLM (Ma et al. 2025).

eval/RET/eval_retrieval.py of KlayMa527/SARVLM loads both, bare or under ``state_dict`` or ``model``.
"""

from sarvl.models.clips.published import Published
from sarvl.models.loader import Loader

SARVLM = Published("sarvlm", ("ViT-B-32", "ViT-L-14", "coca_ViT-L-14"))
LOADER = Loader("PATH", "SARCLIP (ViT-B-32, ViT-L-14) and SARCoCa (coca_ViT-L-14) of SARVLM", SARVLM.load)
