"""History of a model: the training stages that it went through, as its checkpoint keeps them."""

from sarvl.documents import Document


class StageEntry(Document):
    """One training stage, as far as it was carried out."""

    stage: str
    """Its name in the recipe."""
    corpus_digest: str
    """SHA-256 of the corpus, 64 hexadecimal digits."""
    further_digests: tuple[str, ...] = ()
    """Those of the others, where it learned from several corpora."""
    split: str
    """The split that was learned from."""
    images: int
    """Images that it learned from."""
    steps: int
    """Steps that were done."""
    epochs: float
    """Epochs that were done, the share of an unfinished one included."""
    batch_size: int
    """Pairs a step."""
    learning_rate: float
    """The peak."""
    seed: int
    """Of the recipe."""
    classes: tuple[str, ...] | None = None
    """What the images that it learned from label or show, sorted: all that it could learn of; None where an earlier
    version trained. Some earlier ones tell of all images of the corpora."""
    question_kinds: tuple[str, ...] | None = None
    """The kinds of the questions that it learned from, sorted; None as above."""
    kinds_of_classes: dict[str, tuple[str, ...]] | None = None
    """The same for each class that these questions are about, sorted; under "" those of questions whose class nobody
    recorded, or about no class. None where an earlier version trained."""
    began_from: str = ""
    """What the model was before, where this is the first stage of all: its architecture, and whose weights its image
    tower had. Empty in other stages, and in those of earlier versions."""

    @property
    def digests(self) -> tuple[str, ...]:
        """Those of all corpora that it learned from."""
        return (self.corpus_digest, *self.further_digests)
