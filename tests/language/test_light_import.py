"""Language alone is light: whoever verifies sentences needs no library for images, models or tables."""

import subprocess
import sys

HEAVY = ("torch", "torchvision", "open_clip", "timm", "rasterio", "cv2", "scipy", "pyarrow", "matplotlib", "numpy")


def test_language_pulls_no_library_for_images_models_or_tables():
    code = f"import sys, sarvl.language; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_describing_and_asking_pull_none_either():
    code = f"""
import sys
from pathlib import Path
from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box
from sarvl.language import ask, describe, verify
image = AnnotatedImage("a.png", Path("a.png"), 90, 90, (AnnotatedObject("ship", Box(1, 1, 20, 20)),))
assert [problem for said in (*describe(image), *ask(image)) for problem in verify(said, image)] == []
print([name for name in {HEAVY} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
