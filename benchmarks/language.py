"""Texts a second on one core, from annotations made here: images of 1 to 10 objects in 6 classes, and reading them."""

from pathlib import Path
from random import Random
from time import process_time

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box
from sarvl.language import claims_json, describe, verify

CLASSES = ("aircraft", "bridge", "car", "harbor", "ship", "tank")
IMAGES = 4000
SIDE = 512


def made_image(index: int, rng: Random) -> AnnotatedImage:
    present = rng.sample(CLASSES, rng.choice((1, 1, 2, 3)))
    objects = [AnnotatedObject(rng.choice(present), made_box(rng)) for _ in range(rng.randint(1, 10))]
    file = f"{index:06d}.png"
    return AnnotatedImage(file, Path(file), SIDE, SIDE, tuple(sorted(objects)), labelled_classes=CLASSES)


def made_box(rng: Random) -> Box:
    x, y, width, height = rng.random() * 450, rng.random() * 450, 5 + rng.random() * 55, 5 + rng.random() * 55
    return Box(x, y, x + width, y + height)


def main() -> None:
    rng = Random(0)
    images = [made_image(index, rng) for index in range(IMAGES)]
    start = process_time()
    described = [(image, describe(image)) for image in images]
    seconds = process_time() - start
    texts = sum(len(statements) for _, statements in described)
    print(f"describe: {texts} texts of {IMAGES} images, {texts / seconds:.0f} texts a second")
    start = process_time()
    for _, statements in described:
        for statement in statements:
            claims_json(statement.claims)
    print(f"claims_json: {texts / (process_time() - start):.0f} texts a second")
    start = process_time()
    problems = sum(len(verify(statement, image)) for image, statements in described for statement in statements)
    print(f"verify: {texts / (process_time() - start):.0f} texts a second, {problems} problems found")


if __name__ == "__main__":
    main()
