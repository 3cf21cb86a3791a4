"""corpus.json: read back as it was written; whatever is missing or foreign is one line that names it."""

import json
from pathlib import Path

import pytest
from micro import make_build_recipe

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.corpus.corpus_info import CorpusInfo, read_info
from sarvl.errors import CorpusError
from sarvl.recipes import load_recipe


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("corpus")
    recipe = load_recipe(make_build_recipe(folder), BuildRecipe, ["audit.hamming=2"])
    return build(recipe, folder / "corpus")


def keys(value: object, at: tuple = ()) -> list[tuple]:
    """Return the path of every key of our own within a JSON value."""
    if isinstance(value, list):
        return keys(value[0], (*at, 0)) if value else []
    if not isinstance(value, dict) or at[-1:] in (("recipe",), ("rejects",), ("splits",)):
        return []
    return [path for key, item in value.items() for path in ((*at, key), *keys(item, (*at, key)))]


def test_it_reads_back(corpus):
    assert read_info(corpus.folder) == corpus.info
    assert Corpus.open(corpus.folder).info == corpus.info


@pytest.mark.parametrize("damage", ["gone", "foreign", "null"])
def test_a_key_that_is_gone_foreign_or_null_is_named(corpus, tmp_path, damage):
    info = json.loads((corpus.folder / "corpus.json").read_text())
    optional = {("recipe",), ("merged",)}
    paths = [path for path in keys(info) if path not in optional]
    assert {("counts",), ("audit", "clusters"), ("sources", 0, "splits")} <= {*paths}
    for path in paths:
        changed = json.loads(json.dumps(info))
        part = changed
        for key in path[:-1]:
            part = part[key]
        value = part.pop(path[-1])
        part |= {} if damage == "gone" else {f"{path[-1]}s": value} if damage == "foreign" else {path[-1]: None}
        (tmp_path / "corpus.json").write_text(json.dumps(changed))
        with pytest.raises(CorpusError, match=rf"corpus\.json: .*{path[-1] if len(path) > 1 else ''}") as caught:
            read_info(tmp_path)
        told = str(caught.value)
        assert "\n" not in told
        assert told.endswith("; build the corpus again")
        assert ".".join(map(str, path)) in told or path == ("format_version",)


@pytest.mark.parametrize("content", ["[]", "3", "null", '{"format_version": 2}', '{"format_version": "3"}'])
def test_what_is_no_corpus_of_this_format_is_one_line(tmp_path, content):
    (tmp_path / "corpus.json").write_text(content)
    with pytest.raises(CorpusError, match=r"corpus\.json: of format .*, where this version reads 3; build the corpus"):
        Corpus.open(tmp_path)


def test_every_key_says_what_it_is():
    def described(schema: dict) -> None:
        assert all("description" in field or "$ref" in field for field in schema["properties"].values()), schema

    schema = CorpusInfo.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        described(part)


def test_paths_lead_from_the_corpus_to_its_images(corpus):
    folders = corpus.info.image_folders(Path("elsewhere"))
    assert {name: folder.is_absolute() for name, folder in folders.items()} == dict.fromkeys(folders, False)
    assert all(path.is_file() for path in corpus.paths)
