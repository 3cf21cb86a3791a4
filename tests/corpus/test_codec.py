"""The codec: what is written of an image, a statement or a reject is read back the same, by way of a Parquet table."""

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box, LandCoverShare, Reject
from sarvl.corpus.rows import IMAGES, REJECTS, TEXTS, Codec, CorpusImage, CorpusText, cell_of
from sarvl.errors import CorpusError, LanguageError
from sarvl.language import Statement, ask, claims_from_json, claims_json, describe

SAID = AnnotatedImage(
    file="a.png",
    path=Path("a.png"),
    width=64,
    height=48,
    objects=(
        AnnotatedObject("bridge", Box(2, 30, 60, 40), (2, 30, 60, 31, 60, 40, 2, 39), 500.0),
        *(AnnotatedObject("ship", Box(5 + 9 * n, 4, 12 + 9 * n, 11)) for n in range(4)),
    ),
    labelled_classes=("bridge", "ship", "tank"),
    spacing_m=(3.0, 3.0),
    looks=4.0,
)
CLAIMS = sorted({claims_json([claim]) for said in [*describe(SAID, captions=60), *ask(SAID)] for claim in said.claims})

NUMBERS = st.floats(allow_nan=False) | st.integers(-1000, 1000)  # readers give whole numbers for floats
PIXELS = st.integers(0, 2**31 - 1)
NUMBER_PAIRS = st.none() | st.tuples(NUMBERS, NUMBERS)
BOXES = st.builds(Box, *[NUMBERS] * 4)
OBJECTS = st.builds(
    AnnotatedObject, box=BOXES, corners=st.none() | st.tuples(*[NUMBERS] * 8), area_px=st.none() | NUMBERS
)
# Fields that are not named here are drawn by their types: one that is added is tested too.
ANNOTATIONS = st.text().flatmap(
    lambda file: st.builds(
        AnnotatedImage,
        file=st.just(file),
        path=st.just(Path(file)),
        width=PIXELS,
        height=PIXELS,
        objects=st.lists(OBJECTS, max_size=3).map(tuple),
        land_cover=st.lists(st.builds(LandCoverShare, share=NUMBERS), max_size=3).map(tuple),
        spacing_m=NUMBER_PAIRS,
        looks=st.none() | NUMBERS,
        target_size_m=NUMBER_PAIRS,
        position=NUMBER_PAIRS,
        captions=st.just(()),
        questions=st.just(()),
        official_split=st.none(),
    )
)
ENTRIES = st.builds(CorpusImage, phash=st.integers(0, 2**64 - 1), annotation=ANNOTATIONS)
EVIDENCE = st.lists(st.integers(0, 2**31 - 1), max_size=4).map(tuple)


@st.composite
def texts(draw: st.DrawFn) -> CorpusText:
    meanings = draw(st.lists(st.sampled_from(CLAIMS), unique=True, max_size=4))
    claims = claims_from_json(f"[{','.join(text[1:-1] for text in meanings)}]")
    resting = tuple(claim.resting_on(draw(EVIDENCE)) for claim in claims)
    return CorpusText(draw(st.text()), draw(st.builds(Statement, claims=st.just(resting))))


def through_a_table(codec: Codec, items: list) -> list:
    return codec.items(pa.Table.from_pylist([codec.write(item) for item in items], codec.schema))


@given(st.lists(ENTRIES, max_size=3))
def test_images_come_back(images):
    assert through_a_table(IMAGES, images) == images


@given(st.lists(texts(), max_size=3))
def test_texts_come_back_with_claims_and_evidence(said):
    assert through_a_table(TEXTS, said) == said


@given(st.lists(st.builds(Reject), max_size=3))
def test_rejects_come_back(rejects):
    assert through_a_table(REJECTS, rejects) == rejects


@given(ENTRIES)
def test_a_row_is_what_arrow_gives_back(image):
    """The digest is of rows as they are written: anybody who reads the table must find the same ones."""
    row = IMAGES.write(image)
    (read,) = pa.Table.from_pylist([row], IMAGES.schema).to_pylist()
    assert repr(sorted(read.items())) == repr(sorted(row.items()))


def test_a_type_without_a_column_is_named():
    class Strange(NamedTuple):
        names: set[str]

    with pytest.raises(TypeError, match=r"a table has no column for set\[str\]"):
        cell_of(Strange)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"claims": "[{}]"}, "not a list of claims"),
        ({"claims": None}, "not a list of claims|its row is not as a build writes it"),
        ({"evidence": [[1]] * 9}, "1 claims have 9 lists of evidence"),
        ({"evidence": None}, "its row is not as a build writes it"),
        ({"options": None}, "its row is not as a build writes it"),
    ],
)
def test_rows_that_no_build_writes_are_an_error_of_one_line(change, problem):
    row = TEXTS.write(CorpusText("s/a.png", describe(SAID, captions=1, families=["absence"])[0])) | change
    with pytest.raises((CorpusError, LanguageError), match=problem) as caught:
        TEXTS.items(pa.Table.from_pylist([row], TEXTS.schema))
    assert "\n" not in str(caught.value)
