"""Pictures of a corpus's images: pixels and boxes for whatever names an image."""

from dataclasses import dataclass, replace
from functools import cached_property

from sarvl.blocks import Box, Gallery, Picture, Shown
from sarvl.corpus import Corpus, display_pixels


@dataclass(frozen=True)
class CorpusPictures:
    """The images of a corpus, read when they are shown."""

    corpus: Corpus

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {image_id: row for row, image_id in enumerate(self.corpus.column("image_id"))}

    def shown(self, row: int) -> Shown:
        """Return one image with its pixels and boxes; raises ImageError where its file is gone."""
        boxes = [Box(item.class_name, *item.box) for item in self.corpus.image(row).annotation.objects]
        return Shown(self.corpus.images["image_id"][row].as_py(), display_pixels(self.corpus.read(row)), boxes)

    def filled(self, gallery: Gallery) -> Gallery:
        """Return a gallery with its images' pixels and boxes before its own, as far as the corpus has them."""
        return replace(gallery, pictures=[self._filled(picture) for picture in gallery.pictures])

    def _filled(self, picture: Picture) -> Picture:
        known = [self._rows.get(shown.image_id) for shown in picture.images]
        images = [
            shown if row is None else self._with_own_boxes(shown, row)
            for shown, row in zip(picture.images, known, strict=True)
        ]
        return replace(picture, images=images)

    def _with_own_boxes(self, shown: Shown, row: int) -> Shown:
        read = self.shown(row)
        return replace(read, boxes=[*read.boxes, *shown.boxes])
