"""``remoteclip:PATH``: RemoteCLIP (Liu et al. 2023), as its README loads it.

That is without QuickGELU. Its retrieval script begins with OpenAI's network, which has it: name the file behind
``ViT-L-14-quickgelu:`` for that reading.
"""

from sarvl.models.clips.published import Published
from sarvl.models.loader import Loader

REMOTECLIP = Published("remoteclip", ("RN50", "ViT-B-32", "ViT-L-14"))
LOADER = Loader("PATH", "RemoteCLIP: RN50, ViT-B-32 and ViT-L-14", REMOTECLIP.load)
