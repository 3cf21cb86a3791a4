"""corpus.json: read back as it was written; whatever is missing or foreign is one line that names it."""

import json
import shutil
import sys
from functools import reduce
from operator import getitem
from pathlib import Path

import pytest
import yaml
from micro import make_build_recipe, make_model, make_train_recipe

from sarvl import cli
from sarvl.corpus import BuildRecipe, Corpus, build, merge
from sarvl.corpus.corpus_info import CorpusInfo, read_info
from sarvl.errors import CorpusError
from sarvl.evaluation.rows import ResultRow
from sarvl.recipes import load_recipe

ROW = ResultRow(
    row_version=2,
    task="retrieval",
    metric="strict_mean_recall",
    value=0.5,
    n=4,
    model="m",
    split="test",
    protocol="retrieval-2",
    weights_hash="w",
    contract_hash="c",
    corpus_digest="d",
)


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Corpus]:
    """Return a corpus in which every list of corpus.json has an entry, and a merged one."""
    folder = tmp_path_factory.mktemp("corpus")
    path = make_build_recipe(folder, chips=4)
    shutil.copy(folder / "chips" / "tank" / "00.png", folder / "chips" / "tank" / "99.png")
    (folder / "chips" / "ship" / "torn.png").write_bytes(b"")
    settings = yaml.safe_load(path.read_text())
    settings["sources"] += [settings["sources"][0] | {"name": "gone", "images": "gone"}]
    path.write_text(yaml.safe_dump(settings | {"absent": "skip"}))
    built = build(load_recipe(path, BuildRecipe), folder / "corpus", workers=1)
    assert built.info.not_held and built.info.audit.clusters and built.info.counts.rejects
    merged = merge([built.folder, built.folder], folder / "merged", ["a-", "b-"], workers=1)
    return {"built": built, "merged": merged}


@pytest.fixture(params=["built", "merged"])
def corpus(corpora: dict[str, Corpus], request: pytest.FixtureRequest) -> Corpus:
    return corpora[request.param]


def keys(value: object, at: tuple = ()) -> list[tuple]:
    """Return the path of every key within a JSON value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    own = [(*at, key) for key, _ in parts] if isinstance(value, dict) else []
    return own + [path for key, item in parts for path in keys(item, (*at, key))]


def damaged(info: dict, path: tuple, damage: str) -> dict:
    """Return a copy in which one key is gone or null, bears a foreign name, or has a foreign one beside it."""
    changed = json.loads(json.dumps(info))
    *parents, last = path
    part = reduce(getitem, parents, changed)
    if damage == "beside":
        part[f"{last}s"] = part[last]
    else:
        value = part.pop(last)
        part |= {f"{last}s": value} if damage == "foreign" else {last: None} if damage == "null" else {}
    return changed


def test_it_reads_back(corpus):
    assert read_info(corpus.folder) == corpus.info
    assert Corpus.open(corpus.folder).info == corpus.info


@pytest.mark.parametrize("damage", ["gone", "null", "foreign", "beside"])
def test_a_key_that_is_gone_null_or_foreign_is_one_line_wherever_it_stands(corpus, tmp_path, damage):
    for name in ("images", "texts", "rejects"):
        (tmp_path / f"{name}.parquet").symlink_to(corpus.folder / f"{name}.parquet")
    info = json.loads((corpus.folder / "corpus.json").read_text())
    paths = keys(info)
    assert len(paths) > 80
    for path in paths:
        if damage == "null" and reduce(getitem, path, info) is None:
            continue
        (tmp_path / "corpus.json").write_text(json.dumps(damaged(info, path, damage)))
        with pytest.raises(CorpusError) as caught:
            Corpus.open(tmp_path)
        told = str(caught.value)
        assert "\n" not in told, path
        assert told.endswith("; build the corpus again"), path
        free = {"recipe", "splits", "rejects"} & {*path[:-1]}  # there the keys are no names of ours
        named = ".".join(map(str, path[:-1])) if free else ".".join(map(str, path))
        either_or = damage == "null" and path[-1] in ("recipe", "merged")
        assert free or either_or or damage == "beside" or named in told or path == ("format_version",), (path, told)


COMMANDS = {
    "inspect": "inspect CORPUS",
    "card": "inspect CORPUS --card",
    "export": "export CORPUS --to llava --out OUT",
    "merge": "merge CORPUS OTHER --out OUT",
    "train": "train RECIPE --out OUT",
    "evaluate": "evaluate --model MODEL --corpus CORPUS --task retrieval --out OUT/rows.jsonl",
    "report": "report ROWS --corpus CORPUS --out OUT/report.html",
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize(
    ("path", "damage"), [(("counts",), "gone"), (("audit", "clusters"), "gone"), (("counts",), "beside")]
)
def test_every_command_that_opens_a_corpus_says_it_in_one_line(
    corpora, tmp_path, monkeypatch, capsys, command, path, damage
):
    shutil.copytree(corpora["built"].folder, tmp_path / "corpus")
    info = json.loads((tmp_path / "corpus" / "corpus.json").read_text())
    (tmp_path / "corpus" / "corpus.json").write_text(json.dumps(damaged(info, path, damage)))
    (tmp_path / "rows.jsonl").write_text(ROW.model_dump_json() + "\n")
    model = make_model(tmp_path)
    words = {
        "CORPUS": tmp_path / "corpus",
        "OTHER": corpora["merged"].folder,
        "MODEL": model,
        "RECIPE": make_train_recipe(tmp_path, tmp_path / "corpus", model),
        "ROWS": tmp_path / "rows.jsonl",
    }
    typed = [str(words.get(word, word.replace("OUT", str(tmp_path / "out")))) for word in command.split()]
    monkeypatch.setattr(sys, "argv", ["sarvl", *typed])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 1
    told = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("check ")]
    field = ".".join(path) + ("s" if damage == "beside" else "")
    assert len(told) == 1, told
    assert told[0].startswith(f"error: {tmp_path / 'corpus' / 'corpus.json'}: {field}: "), told


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
