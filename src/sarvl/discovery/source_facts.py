"""What is told of a source that was found: classes, sizes, pixels, scenes and splits."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

from sarvl.corpus.scenes import group_of_positions
from sarvl.discovery.pixels import PixelFacts, pixel_facts
from sarvl.discovery.trial import Trial

_SPLIT_IN_PATH = r"(?:^|/)(?P<split>train|val|valid|validation|test)(?:/|$)"
_SCENE_AND_NUMBER = r"(?:^|/)(?P<scene>[^/]*[^/\d_.-])[_-]?\d+\.\w+$"


@dataclass(frozen=True)
class SourceFacts:
    """A source with its name in the recipe, and what was found of it."""

    name: str
    trial: Trial

    @cached_property
    def classes(self) -> Counter[str]:
        """Objects, or images where the source has labels, by class."""
        objects = Counter(item.class_name for image in self.trial.kept for item in image.objects)
        return objects or Counter(image.label for image in self.trial.kept if image.label)

    @property
    def has_objects(self) -> bool:
        """Whether any image has an object."""
        return any(image.objects for image in self.trial.kept)

    @cached_property
    def texts(self) -> Counter[str]:
        """How many captions and questions the source has of its own."""
        kept = self.trial.kept
        told = {
            "captions": sum(len(image.captions) + len(image.model_captions) for image in kept),
            "questions": sum(len(image.questions) for image in kept),
        }
        return Counter({name: count for name, count in told.items() if count})

    @cached_property
    def pixels(self) -> PixelFacts:
        """What a pixel is, as far as some files say it."""
        return pixel_facts([image.path for image in self.trial.kept])

    @cached_property
    def group(self) -> tuple[str, int] | None:
        """The pattern and overlap of patches whose names hold positions in a scene."""
        kept = self.trial.kept
        return group_of_positions([image.file for image in kept], [(image.width, image.height) for image in kept])

    @cached_property
    def beginnings(self) -> Counter[str]:
        """The files by what their names begin with before a number: perhaps scenes, perhaps classes."""
        matches = (re.search(_SCENE_AND_NUMBER, image.file) for image in self.trial.kept)
        return Counter(match["scene"] for match in matches if match)

    @property
    def beginnings_pattern(self) -> str:
        """The regular expression by which ``beginnings`` were found."""
        return _SCENE_AND_NUMBER

    @cached_property
    def official(self) -> Counter[str]:
        """The images by the split that the annotations give; empty where not all have one."""
        splits = Counter(image.official_split for image in self.trial.kept)
        return Counter() if None in splits else Counter({str(name): count for name, count in splits.items()})

    @cached_property
    def splits_in_paths(self) -> Counter[str]:
        """The images by the split that their path names; empty where not all have one."""
        matches = [re.search(_SPLIT_IN_PATH, image.file) for image in self.trial.kept]
        return Counter(match["split"] for match in matches if match) if all(matches) else Counter()

    @property
    def split_pattern(self) -> str:
        """The regular expression by which ``splits_in_paths`` were found."""
        return _SPLIT_IN_PATH

    def size_range(self) -> str:
        """Return the sizes of the images in words."""
        sizes = Counter((image.width, image.height) for image in self.trial.kept)
        if len(sizes) == 1:
            return "{} x {} pixels".format(*next(iter(sizes)))
        widths, heights = zip(*sizes, strict=True)
        (width, height), count = sizes.most_common(1)[0]
        told = f"{min(widths)} x {min(heights)} to {max(widths)} x {max(heights)} pixels"
        return f"{told}, most often {width} x {height} ({count})"


def source_name(path: Path, taken: set[str]) -> str:
    """Return a name for a source that no other has, of the characters that a name may have."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", path.name).strip("-.") or "source"
    numbered = (f"{name}-{number}" for number in count(2))
    return name if name not in taken else next(one for one in numbered if one not in taken)
