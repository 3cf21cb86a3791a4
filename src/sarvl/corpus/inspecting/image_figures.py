"""What the images of each source are: quantity, bands, sizes, pixel spacing, scenes and labelled classes."""

import pyarrow as pa
import pyarrow.compute as pc

from sarvl.corpus.inspecting.counting import count_rows
from sarvl.corpus.inspecting.inspection import SourceImages


def image_figures(images: pa.Table) -> list[SourceImages]:
    """Return the figures of each source, in the order in which the images table has them."""
    sources = images["source"].unique().to_pylist()
    return [_figures_of(source, images.filter(pc.equal(images["source"], source))) for source in sources]


def _figures_of(source: str, images: pa.Table) -> SourceImages:
    spacings = images["spacing_m"].drop_null()
    metres = pc.list_flatten(spacings)
    classes = pc.list_flatten(images["labelled_classes"].combine_chunks())
    return SourceImages(
        source=source,
        quantities={quantity: count for (quantity,), count in sorted(count_rows(images, "quantity").items())},
        bands=_counts_of_bands(images),
        widths=_least_and_most(images["width"]),
        heights=_least_and_most(images["height"]),
        spacing_m=_least_and_most(metres) if len(metres) else None,
        with_spacing=len(spacings),
        scenes=pc.count_distinct(images["group"]).as_py(),
        without_scene=images["group"].null_count,
        labelled_classes=pc.count_distinct(classes).as_py(),
    )


def _counts_of_bands(images: pa.Table) -> dict[str, int]:
    names = pa.table({"bands": pc.binary_join(images["bands"].combine_chunks(), "+")})
    return {bands: count for (bands,), count in sorted(count_rows(names, "bands").items())}


def _least_and_most(values: pa.ChunkedArray | pa.Array) -> tuple[int, int]:
    both = pc.min_max(values).as_py()
    return both["min"], both["max"]
