"""QuestionScene: what the rules of questions see of an image."""

from functools import cached_property

from sarvl.annotations import AnnotatedImage
from sarvl.language.captions import Scene
from sarvl.language.claims.evidence import named_as_well
from sarvl.language.geometry.last_image import kept_for_last_image
from sarvl.language.group import Group
from sarvl.language.questions.neighbours import Neighbours, neighbours_of
from sarvl.language.questions.query import Region
from sarvl.language.words.lexicon import Domain, effect_of
from sarvl.language.words.measures import share_of
from sarvl.language.words.name_meaning import are_related
from sarvl.language.words.open_classes import is_closed


class QuestionScene:
    """An annotated image with its layout, the names of its classes, and what a question may say of them.

    class_names: the class by which texts name each object, None for those of which nothing is said. by_class: class
    name -> ids of its objects. Both are in the image's order.
    """

    def __init__(self, image: AnnotatedImage, domain: Domain) -> None:
        """Lay out ``image``; LanguageError where two of its classes cannot be told apart in a text."""
        self.image = image
        self.domain: Domain = domain
        scene = Scene.of(image, domain)
        self.layout, self.vocabulary, self.nouns = scene.layout, scene.vocabulary, scene.nouns
        self.class_names = self.layout.class_names
        self.by_class = {class_name: tuple(ids) for class_name, ids in self.layout.by_class.items()}

    @cached_property
    def classes(self) -> list[str]:
        """The classes of objects that the source labels or that are there, sorted."""
        return sorted({*self.image.labelled_classes, *self.by_class}.difference(self.vocabulary.grounds))

    @property
    def is_complete(self) -> bool:
        """Whether all objects are known: none was refused, whatever its class."""
        return not self.image.open_classes

    @cached_property
    def has_one_class(self) -> bool:
        """Whether the source labels one class of objects alone, so that "which class" has one answer everywhere."""
        image = self.image
        named = [class_name for class_name in self.classes if not effect_of(class_name)]
        return len(named) == 1 and image.label is None and named[0] in image.labelled_classes

    @cached_property
    def regions(self) -> list[Region]:
        """The box of each object as x, y, width and height."""
        return [(box.xmin, box.ymin, box.xmax - box.xmin, box.ymax - box.ymin) for box in self.layout.boxes]

    @cached_property
    def small(self) -> frozenset[int]:
        """The objects that COCO calls small: those with a box of less than 32 x 32 pixels."""
        return frozenset(index for index, region in enumerate(self.regions) if region[2] * region[3] < 32 * 32)

    @cached_property
    def neighbours(self) -> Neighbours:
        """Which objects lie close together, and which on one another."""
        return neighbours_of(self.layout.boxes, self.class_names)

    @cached_property
    def lone_regions(self) -> dict[Region, int]:
        """Objects by their box, where the box has an area and could mean no other object."""
        doubtful = self.neighbours.doubtful
        return {
            region: index
            for index, region in enumerate(self.regions)
            if region[2] and region[3] and index not in doubtful and self.class_names[index]
        }

    @cached_property
    def _doubtful_names(self) -> frozenset[str]:
        return frozenset(name for name in self.vocabulary.names if self.layout.named_as_well(name))

    def ids(self, class_name: str, position: str | None = None) -> tuple[int, ...]:
        """Return the ids of the objects of a class, anywhere or in ``position``."""
        return self.layout.ids(Group(class_name, position)) if position else self.by_class.get(class_name, ())

    def word(self, class_name: str) -> str:
        """Return a class's own name as texts write it; answers use no other."""
        return self.vocabulary.names[class_name][0].singular

    def are_related(self, first: str, second: str) -> bool:
        """Tell whether one of two classes could be called by the other's name."""
        return are_related(first, second, self.image.is_a)

    def is_clear(self, class_name: str) -> bool:
        """Tell whether the name of a class covers no other class that is there."""
        return class_name not in self._doubtful_names

    def may_deny(self, class_name: str, position: str | None = None) -> bool:
        """Tell whether it may be said that there is no such object, where none has its centre in ``position``.

        The source must label the class, no object that may be of it must have been refused, its name must cover nothing
        else that is there, it must be no land cover of the image, and the image no chip: a label says what is there,
        not what else is absent. No object may reach into the position.
        """
        return class_name in self._deniable and not (position and self.layout.touching(Group(class_name, position)))

    @cached_property
    def _deniable(self) -> frozenset[str]:
        """The classes of which the absence may be said where there are none."""
        image = self.image
        if image.label is not None:
            return frozenset()
        closed = [name for name in image.labelled_classes if is_closed(name, image) and not share_of(image, name)]
        return frozenset(name for name in closed if not named_as_well(name, image, self.layout))


@kept_for_last_image
def question_scene_of(image: AnnotatedImage, domain: Domain) -> QuestionScene:
    """Return the scene of ``image``, as ``QuestionScene`` makes it; that of the last image is kept."""
    return QuestionScene(image, domain)
