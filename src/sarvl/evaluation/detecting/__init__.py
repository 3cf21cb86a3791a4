"""What tasks of detection share: images with boxes, a detector on an image tower, and its figures."""
