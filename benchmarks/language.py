"""Texts a second on one core, from annotations made here: images of 1 to 10 objects in 6 classes, and reading them.

Then what questions about crowded images cost: ask, and verify of one question, as the boxes of the image grow.
"""

from pathlib import Path
from random import Random
from time import process_time

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box
from sarvl.language import ask, claims_json, describe, verify

CLASSES = ("aircraft", "bridge", "car", "harbor", "ship", "tank")
IMAGES = 4000
SIDE = 512
BOXES = (1000, 5000)  # of one image, as dense in both


def made_image(index: int, rng: Random) -> AnnotatedImage:
    present = rng.sample(CLASSES, rng.choice((1, 1, 2, 3)))
    objects = [AnnotatedObject(rng.choice(present), made_box(rng)) for _ in range(rng.randint(1, 10))]
    file = f"{index:06d}.png"
    return AnnotatedImage(file, Path(file), SIDE, SIDE, tuple(sorted(objects)), labelled_classes=CLASSES)


def made_box(rng: Random) -> Box:
    x, y, width, height = rng.random() * 450, rng.random() * 450, 5 + rng.random() * 55, 5 + rng.random() * 55
    return Box(x, y, x + width, y + height)


def crowded_image(boxes: int, rng: Random) -> AnnotatedImage:
    side = int(boxes**0.5 * 60)
    scale = side / SIDE
    objects = [made_box(rng) for _ in range(boxes)]
    moved = [Box(x * scale, y * scale, x * scale + right - x, y * scale + low - y) for x, y, right, low in objects]
    named = sorted(AnnotatedObject(rng.choice(CLASSES[:3]), box) for box in moved)
    return AnnotatedImage("crowded.png", Path("crowded.png"), side, side, tuple(named), labelled_classes=CLASSES)


def time_questions(boxes: int, rng: Random) -> None:
    image = crowded_image(boxes, rng)
    start = process_time()
    questions = ask(image)
    asked = process_time()
    problems = sum(len(verify(question, image)) for question in questions)
    verified = process_time()
    each_ms = 1e3 * (verified - asked) / len(questions)
    print(f"questions of {boxes} boxes: ask {asked - start:.2f} s for {len(questions)}, ", end="")
    print(f"verify {each_ms:.2f} ms each, {problems} problems found")


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
    for boxes in BOXES:
        time_questions(boxes, rng)


if __name__ == "__main__":
    main()
