"""``packaged:NAME``: a model that comes with the installation."""

from sarvl.models.checkpoint import load_checkpoint
from sarvl.models.loader import Loader
from sarvl.models.model import Model
from sarvl.models.packaging.packaged_models import packaged_folder


def load(name: str) -> Model:
    """Load a packaged model; raises ModelError where there is none of that name, or it is damaged."""
    return load_checkpoint(packaged_folder(name))


LOADER = Loader("NAME", "models that come with the installation; the first of them where no model is named", load)
