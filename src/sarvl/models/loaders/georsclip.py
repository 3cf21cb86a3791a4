"""``georsclip:PATH``: GeoRSCLIP (Zhang et al. 2023), as inference/inference.py of om-ai-lab/RS5M loads it.

ViT-B-32 stands on OpenAI's network, which has QuickGELU, ViT-H-14 on LAION's, which has not.
"""

from sarvl.models.clips.published import Published
from sarvl.models.loader import Loader

GEORSCLIP = Published("georsclip", ("ViT-B-32-quickgelu", "ViT-H-14"))
LOADER = Loader("PATH", "GeoRSCLIP: ViT-B-32 and ViT-H-14", GEORSCLIP.load)
