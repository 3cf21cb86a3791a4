"""``hf:PATH``: an image-text-to-text model of transformers, a folder or a name on the Hugging Face Hub."""

from sarvl.models.answering.opening import open_image_text_model
from sarvl.models.loader import Loader

LOADER = Loader(
    "PATH", "image-text models of transformers that answer and caption, by folder or OWNER/NAME", open_image_text_model
)
