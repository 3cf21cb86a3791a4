"""sarvl-gpt: an image tower, a projector, and a decoder that answers and describes."""
