"""``hf-hub:OWNER/NAME``: a model for open_clip on the Hugging Face Hub."""

from sarvl.models.clip import Clip
from sarvl.models.loader import Loader
from sarvl.models.open_clip_models import open_hub


def load(name: str) -> Clip:
    """Fetch a model, or take it from the hub's cache; raises ModelError where it cannot be had."""
    return open_hub(name)


LOADER = Loader("OWNER/NAME", "models for open_clip on the Hugging Face Hub", load)
