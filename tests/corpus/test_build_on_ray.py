"""The same build on Ray Data: one local Ray with two workers for all that is to be shown, since it starts slowly."""

import sys

import pytest
from micro import make_build_recipe

from sarvl.corpus import BuildRecipe, build
from sarvl.errors import LanguageError, SarvlError
from sarvl.language import claims_from_json
from sarvl.parallel import map_chunks, open_pool
from sarvl.recipes import load_recipe


@pytest.mark.filterwarnings("ignore::DeprecationWarning:ray")
def test_ray_gives_the_same_digest_the_same_order_and_the_same_errors(tmp_path):
    ray = pytest.importorskip("ray", reason="Ray is not installed (extra `ray`)")
    recipe = load_recipe(make_build_recipe(tmp_path), BuildRecipe)
    with open_pool(2, "ray") as pool:
        sums = list(map_chunks(pool, sum, range(100), "sum", "items", items_a_chunk=7))
        assert sums == [sum(range(100)[start : start + 7]) for start in range(0, 100, 7)]
        assert list(map_chunks(pool, sum, [], "nothing", "items")) == []
        with pytest.raises(LanguageError, match="not a list of claims"):
            list(map_chunks(pool, claims_from_json, "abc", "fail", "items"))
        on_ray = build(recipe, tmp_path / "on-ray", 2, "ray")
    assert not ray.is_initialized()
    here = build(recipe, tmp_path / "here")
    assert on_ray.digest == here.digest
    for table in ("images", "texts", "rejects"):
        assert (on_ray.folder / f"{table}.parquet").read_bytes() == (here.folder / f"{table}.parquet").read_bytes()


def test_without_ray_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "sarvl.parallel.on_ray", raising=False)
    with pytest.raises(SarvlError, match=r"pip install 'sarvl\[ray\]'"), open_pool(2, "ray"):
        pass
