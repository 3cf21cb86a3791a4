"""``hf-hub:OWNER/NAME``: a model for open_clip on the Hugging Face Hub."""

from sarvl.models.clips.clip import Clip
from sarvl.models.clips.creation import open_hub
from sarvl.models.loader import Loader


def load(name: str) -> Clip:
    """Fetch a model, or take it from the hub's cache; raises ModelError where it cannot be had."""
    return open_hub(name)


LOADER = Loader("OWNER/NAME", "models for open_clip on the Hugging Face Hub", load)
