"""Captions of a SAR chip, the objects that they rest on, and what becomes of a caption that is not true.

Run: ``python examples/captions_with_evidence.py``. It takes seconds and needs no data: the chip is simulated.
"""

from dataclasses import replace
from pathlib import Path

import sarvl
from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box
from sarvl.language import ask
from sarvl.simulation import OBJECT_CLASSES, simulate_chip


def annotated_chip(seed: int, size: int = 256) -> AnnotatedImage:
    """Return a simulated chip as an annotated image; with boxes of your own, this is all that you write."""
    chip = simulate_chip(seed, size=size)
    objects = sorted(AnnotatedObject(item.class_name, Box(*item.box)) for item in chip.objects)
    return AnnotatedImage(
        file="chip.png",
        path=Path("chip.png"),
        width=size,
        height=size,
        objects=tuple(objects),
        labelled_classes=tuple(OBJECT_CLASSES),  # what was looked for; only of these is "no ..." ever said
        spacing_m=(1.0, 1.0),
    )


def main() -> None:
    """Describe, verify, ask, and catch what is no longer true."""
    image = annotated_chip(seed=33)
    for number, item in enumerate(image.objects):
        print(f"object {number}: {item.class_name} {tuple(map(int, item.box))}")

    print("\nCaptions, and the objects of each of their claims:")
    captions = sarvl.describe(image, captions=5)
    for caption in captions:
        print(f"  {caption.text} {[claim.objects for claim in caption.claims]}")
        assert sarvl.verify(caption, image) == []  # read back from the words alone, and confirmed

    print("\nQuestions, with their answers:")
    for question in ask(image)[:5]:
        print(f"  {question.text} {question.answer}")

    print("\nThe last tank is taken away, and the captions are held to what is left:")
    without = replace(image, objects=image.objects[:-1])
    for caption in captions:
        problems = sarvl.verify(caption, without)
        print(f"  {caption.text}\n    {problems[0] if problems else 'still true'}")


if __name__ == "__main__":
    main()
