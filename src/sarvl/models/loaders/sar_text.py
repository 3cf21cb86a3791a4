"""``sar-text:PATH``: SAR-RS-CLIP and SAR-RS-CoCa of SAR-TEXT (He et al. 2025), as its README names them.

The CoCa is a checkpoint of open_clip's training, opened by SAR-CoCa-generate-caption.py of YiguoHe/SAR-TEXT.
"""

from sarvl.models.clips.published import Published
from sarvl.models.loader import Loader

SAR_TEXT = Published("sar-text", ("ViT-L-14", "coca_ViT-L-14"))
LOADER = Loader("PATH", "SAR-RS-CLIP (ViT-L-14) and SAR-RS-CoCa (coca_ViT-L-14) of SAR-TEXT", SAR_TEXT.load)
