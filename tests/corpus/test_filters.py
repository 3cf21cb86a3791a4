"""Filters: the whole table at once says what each row says alone, and a misspelt name does not pass as an empty one."""

from types import SimpleNamespace as Fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from micro import make_build_recipe
from pydantic import ValidationError

from sarvl.corpus import BuildRecipe, build
from sarvl.corpus.filters import TextFilter, kept_texts
from sarvl.corpus.tables import read_table
from sarvl.errors import CorpusError, RecipeError
from sarvl.recipes import load_recipe

VALUES = {
    "kinds": ("kind", ["caption", "question"]),
    "families": ("family", ["general", "totals", "counting"]),
    "producers": ("producer", ["rule:general", "human", "model:m"]),
    "sources": ("source", ["ships", "chips", "photos"]),
    "domains": ("domain", ["sar", "optical"]),
    "licences": ("licence", ["CC-BY-4.0", "not stated"]),
}
IMAGE_FIELDS = ("sources", "domains", "licences")


def one_of_each(fields: list[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({VALUES[field][0]: st.sampled_from(VALUES[field][1]) for field in fields})


image_rows = st.lists(one_of_each(list(IMAGE_FIELDS)), min_size=1, max_size=6)
text_rows = st.lists(
    st.tuples(st.integers(0, 5), one_of_each([field for field in VALUES if field not in IMAGE_FIELDS])),
    min_size=1,
    max_size=20,
)


@settings(deadline=None)  # the first call of Arrow's functions takes its time
@given(image_rows, text_rows, st.data())
def test_the_table_keeps_what_each_row_keeps(images, texts, data):
    images = [{**row, "image_id": str(number)} for number, row in enumerate(images)]
    texts = [{**row, "image_id": str(number % len(images))} for number, row in texts]
    there = {
        field: sorted({row[column] for row in (images if field in IMAGE_FIELDS else texts)})
        for field, (column, _) in VALUES.items()
    }
    wanted = TextFilter(**{field: data.draw(st.lists(st.sampled_from(names))) for field, names in there.items()})
    expected = [wanted.keeps(Fields(**images[int(text["image_id"])]), Fields(**text)) for text in texts]
    image_of_text = np.array([int(text["image_id"]) for text in texts])
    kept = kept_texts(pa.Table.from_pylist(images), pa.Table.from_pylist(texts), image_of_text, wanted, "here")
    assert kept.tolist() == expected


@pytest.mark.parametrize("field", VALUES)
def test_each_field_keeps_only_its_values(field):
    column, (first, second, *_) = VALUES[field]
    row = {column: names[0] for column, names in VALUES.values()}
    both, other = Fields(**row), Fields(**{**row, column: "other"})
    assert TextFilter().keeps(both, both)
    assert TextFilter(**{field: [first, second]}).keeps(both, both)
    assert not TextFilter(**{field: [second]}).keeps(both, both)
    assert not TextFilter(**{field: [second]}).keeps(other, other)


def test_a_value_that_the_tables_do_not_have_is_an_error_that_names_those_they_have():
    images = pa.table({"image_id": ["a"], "source": ["ships"], "domain": ["sar"], "licence": ["x"]})
    texts = pa.table({"image_id": ["a"], "kind": ["caption"], "family": ["totals"], "producer": ["human"]})
    with pytest.raises(CorpusError, match=r"^stage one: texts: families: 'total' is unknown; there are totals$"):
        kept_texts(images, texts, np.zeros(1, np.int64), TextFilter(families=["total"]), "stage one: texts")
    with pytest.raises(CorpusError, match=r"sources: 'Ships' is unknown; there are ships"):
        kept_texts(images, texts, np.zeros(1, np.int64), TextFilter(sources=["Ships"]), "stage one: texts")


def test_kinds_and_domains_are_known_beforehand():
    for wrong in ({"kinds": ["captions"]}, {"domains": ["radar"]}, {"family": ["totals"]}):
        with pytest.raises(ValidationError):
            TextFilter(**wrong)


def test_a_build_keeps_what_the_filter_keeps_and_counts_the_rest(tmp_path):
    path = make_build_recipe(tmp_path)
    whole = build(load_recipe(path, BuildRecipe), tmp_path / "whole")
    wanted = TextFilter(families=["general", "totals"])
    part = build(load_recipe(path, BuildRecipe, ["filter.families=[general, totals]"]), tmp_path / "part")
    kept = kept_texts(whole.images, whole.texts, whole.image_of_text, wanted, "")
    assert part.texts.to_pylist() == whole.texts.filter(pa.array(kept)).to_pylist()
    assert part.info.texts_left_out == (~kept).sum() > 0
    # An image without a text that is kept is refused, and so are all images of chips: what they show is their class.
    spoken_of = set(part.texts["image_id"].to_pylist())
    assert part.column("image_id") == [name for name in whole.column("image_id") if name in spoken_of]
    rejects = read_table(part.folder, "rejects")
    refused = rejects.filter(pc.equal(rejects["reason"], "no text of it passes the recipe's filter"))
    assert len(refused) == len(whole.images) - len(part.images) >= 36
    assert part.info.counts.images_in == whole.info.counts.images_in


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("filter.families=[total]", r"filter\.families: 'total' is unknown; there are .*general.* human"),
        ("filter.sources=[ships]", r"filter\.sources: 'ships' is unknown; there are chips, scenes"),
        ("filter.domains=[optical]", r"filter\.domains: 'optical' is unknown; there are sar"),
    ],
)
def test_a_recipe_with_an_unknown_name_in_its_filter_is_refused(tmp_path, override, problem):
    with pytest.raises(RecipeError, match=problem):
        load_recipe(make_build_recipe(tmp_path), BuildRecipe, [override])
