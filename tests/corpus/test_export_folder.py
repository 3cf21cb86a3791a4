"""The folder of an export: whole or absent, the same bytes on any number of workers, and nothing else replaced."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from killed import kill_at_seeded_moments
from made_corpus import image_of, made_corpus, question_of, speckle, text_of

from sarvl.corpus import Corpus
from sarvl.corpus.export import export
from sarvl.corpus.export.export_info import ExportedSplit, ExportInfo
from sarvl.corpus.export.form import EXPORTS
from sarvl.corpus.export.keys import flat_keys
from sarvl.corpus.export.sample import drawn_indices
from sarvl.corpus.export.targets import llava
from sarvl.documents import as_json
from sarvl.errors import CorpusError


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    """Ninety-two images of two splits, five captions and a question each."""
    folder = tmp_path_factory.mktemp("corpus")
    images = [
        image_of(folder, "made", f"{n:03d}.png", speckle(12, 12, n), split="test" if n % 4 == 0 else "train")
        for n in range(92)
    ]
    texts = [
        text
        for image in images
        for text in (
            *(text_of(image, f"Caption {n} of {image['file']}.") for n in range(5)),
            question_of(image, "How many?", image["file"][:3]),
        )
    ]
    return made_corpus(folder, images, texts)


def contents(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("target", ["webdataset", "llava"])  # shards, and pictures beside a list
def test_the_bytes_do_not_depend_on_workers(corpus, tmp_path, target):
    options = {"splits": ["train"]} | ({"shard_size": 7} if target == "webdataset" else {})
    export(corpus, tmp_path / "one", target, **options)
    export(corpus, tmp_path / "deep" / "er" / "two", target, workers=2, **options)
    found = contents(tmp_path / "one")
    assert found == contents(tmp_path / "deep" / "er" / "two")
    assert len(found) > 3


@pytest.mark.parametrize("target", EXPORTS.names())
def test_the_bytes_do_not_depend_on_the_place(tmp_path, target):
    corpus = small(tmp_path / "corpus")
    export(corpus, tmp_path / "one", target)
    export(Corpus.open(corpus.folder), tmp_path / "deep" / "er" / "two", target)
    assert contents(tmp_path / "one") == contents(tmp_path / "deep" / "er" / "two")


@pytest.mark.parametrize("target", EXPORTS.names())
def test_counts_are_those_of_the_corpus(corpus, tmp_path, target):
    info = export(corpus, tmp_path / "out", target)
    assert as_json(info) == json.loads((tmp_path / "out" / "export.json").read_text())
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == list(info.entries)
    assert (info.target, info.format_version, info.corpus_digest) == (target, 2, corpus.digest)
    assert list(info.splits) == ["train", "test"]
    train = info.splits["train"]
    assert (train.images, train.captions) == (69, 69 if target == "webdataset" else 345)
    assert train.questions == (69 if EXPORTS.get(target).takes_questions else 0)
    assert info.pictures == {"kept": 92}


def test_a_split_alone_has_the_files_that_it_has_among_all(corpus, tmp_path):
    export(corpus, tmp_path / "all", "coco-captions")
    info = export(corpus, tmp_path / "test", "coco-captions", splits=["test"])
    everything, alone = contents(tmp_path / "all"), contents(tmp_path / "test")
    shared = alone.keys() - {"README.md", "export.json"}
    assert list(info.splits) == ["test"]
    assert len(shared) == 24
    assert all(alone[name] == everything[name] for name in shared)


def test_captions_are_drawn_from_the_seed(corpus, tmp_path):
    info = export(corpus, tmp_path / "out", "open-clip-csv", per_image=2)
    lines = (tmp_path / "out" / "train.csv").read_text().splitlines()[1:]
    assert len(lines) == info.splits["train"].captions == 138
    titles = [line.split("\t")[1] for line in lines]
    numbers = [title.split()[1] for title in titles]
    assert all(first < second for first, second in zip(numbers[::2], numbers[1::2], strict=True))
    assert len(set(zip(numbers[::2], numbers[1::2], strict=True))) > 5


@given(st.integers(0, 12), st.integers(1, 12), st.integers(0, 2**32), st.text(max_size=8))
def test_a_draw_is_a_sorted_part_and_whole_where_it_can_be(count, per_image, seed, key):
    found = drawn_indices(count, per_image, seed, key)
    assert found == sorted(set(found))
    assert set(found) <= set(range(count))
    assert len(found) == min(count, per_image)
    assert drawn_indices(count, None, seed, key) == list(range(count))


def test_shards_are_in_random_order_and_hold_each_entry_once(corpus, tmp_path):
    import tarfile

    info = export(corpus, tmp_path / "out", "webdataset", shard_size=8)
    shards = tmp_path / "out" / "shards"
    sizes = json.loads((shards / "sizes.json").read_text())
    assert [sizes[f"train-{n:06d}.tar"] for n in range(9)] == [8] * 8 + [5]
    assert info.splits["train"].more["shards"] == 9
    keys = []
    for name in sorted(sizes, reverse=True):
        with tarfile.open(shards / name) as tar:
            found = [member.name.split(".")[0] for member in tar][::3]
        assert len(found) == sizes[name]
        keys += found
    assert sorted(keys) == [f"made_{n:03d}" for n in range(92)]
    assert keys != sorted(keys)


# Adversarial names: separators, dots, capitals, long ones, and names that look like marked keys.
NAMES = st.lists(
    st.tuples(st.sampled_from(["s", "S", "s_a"]), st.text(alphabet="aA._-/ é#0", min_size=1, max_size=100)).map(
        "/".join
    ),
    unique=True,
    max_size=30,
)


@given(NAMES)
def test_keys_are_safe_and_never_two_the_same(image_ids):
    keys = flat_keys(image_ids)
    assert len({key.casefold() for key in keys}) == len(image_ids)
    assert all(0 < len(key) <= 80 and key.isascii() for key in keys)
    assert all(character.isalnum() or character in "_-" for key in keys for character in key)


def test_a_file_named_as_a_marked_key_gets_another():
    taken = flat_keys(["s/a.b.png", "s/a_b.png"])
    keys = flat_keys(["s/a.b.png", "s/a_b.png", f"s/{taken[0].removeprefix('s_')}.png"])
    assert len(set(keys)) == 3


def test_an_earlier_export_is_replaced_and_nothing_else(corpus, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    export(corpus, out, "llava", splits=["test"])
    export(corpus, out, "open-clip-csv")
    assert not (out / "llava_test.json").exists()
    (out / "logs").mkdir()
    with pytest.raises(CorpusError, match="holds logs, which no export wrote"):
        export(corpus, out, "llava")
    assert (out / "train.csv").is_file()
    (tmp_path / "file").write_text("")
    with pytest.raises(CorpusError, match="is a file"):
        export(corpus, tmp_path / "file", "llava")


def small(folder: Path) -> Corpus:
    images = [image_of(folder, "made", f"{n}.png", speckle(8, 8, n)) for n in range(3)]
    return made_corpus(folder, images, [text_of(image, "A caption.") for image in images])


@pytest.mark.parametrize("target", EXPORTS.names())
def test_a_missing_image_stops_the_export_and_leaves_nothing(tmp_path, target):
    corpus = small(tmp_path / "corpus")
    (tmp_path / "corpus" / "made" / "1.png").unlink()
    out = tmp_path / "exports" / "out"
    with pytest.raises(CorpusError, match=r"made/1\.png: cannot be read .*put the image back") as problem:
        export(corpus, out, target)
    assert "\n" not in str(problem.value)
    assert list((tmp_path / "exports").iterdir()) == []


def test_an_interrupted_export_leaves_nothing(tmp_path, monkeypatch):
    corpus = small(tmp_path / "corpus")

    def interrupted(job):
        (job.folder / "half.json").write_text("[")
        raise KeyboardInterrupt

    monkeypatch.setattr(llava, "EXPORT", replace(llava.EXPORT, write=interrupted))
    with pytest.raises(KeyboardInterrupt):
        export(corpus, tmp_path / "exports" / "out", "llava")
    assert list((tmp_path / "exports").iterdir()) == []


def test_a_failed_export_leaves_the_earlier_one(tmp_path):
    corpus = small(tmp_path / "corpus")
    export(corpus, tmp_path / "out", "llava")
    before = contents(tmp_path / "out")
    (tmp_path / "corpus" / "made" / "2.png").write_bytes(b"changed")
    with pytest.raises(CorpusError, match="not the file that the corpus was built from"):
        export(corpus, tmp_path / "out", "webdataset")
    assert contents(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus", "out"]


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("tfrecord", {}, "no export 'tfrecord'; there are coco-captions, hf-folder, llava"),
        ("llava", {"shard_size": 5}, "--shard-size means nothing to llava, only to webdataset; leave it out"),
        ("webdataset", {"conversation": "image"}, "means nothing to webdataset, only to llava and sharegpt"),
        ("llava", {"per_image": 0}, "start at 1"),
        ("llava", {"splits": ["val"]}, "no image in split 'val'"),
    ],
)
def test_options_that_cannot_be_are_refused(corpus, tmp_path, target, options, message):
    with pytest.raises(CorpusError, match=message):
        export(corpus, tmp_path / "out", target, **options)
    assert not (tmp_path / "out").exists()


def test_splits_that_are_one_for_hugging_face_are_refused(tmp_path):
    folder = tmp_path / "corpus"
    images = [image_of(folder, "made", f"{s}.png", speckle(8, 8), split=s) for s in ("a-b", "a_b")]
    corpus = made_corpus(folder, images, [text_of(image, "A caption.") for image in images])
    with pytest.raises(CorpusError, match="splits a-b and a_b are one"):
        export(corpus, tmp_path / "out", "hf-folder")
    export(corpus, tmp_path / "out", "hf-folder", splits=["a-b"])
    assert (tmp_path / "out" / "a_b" / "metadata.parquet").is_file()


def test_images_without_a_caption_are_counted_and_said(tmp_path):
    folder = tmp_path / "corpus"
    images = [image_of(folder, "made", f"{n}.png", speckle(8, 8, n)) for n in range(3)]
    corpus = made_corpus(folder, images, [text_of(images[0], "A caption."), question_of(images[1], "What?", "That.")])
    info = export(corpus, tmp_path / "csv", "open-clip-csv")
    assert info.images_left_out == 2
    assert "they have no text for this form: 2" in (tmp_path / "csv" / "README.md").read_text()
    assert len(list((tmp_path / "csv" / "images").iterdir())) == 1
    assert export(corpus, tmp_path / "llava", "llava").images_left_out == 1
    with pytest.raises(CorpusError, match="no image of these splits has a text for webdataset"):
        export(
            made_corpus(folder, images[1:2], [question_of(images[1], "What?", "That.")]), tmp_path / "no", "webdataset"
        )


def test_the_readme_lists_licences_and_the_digest(tmp_path):
    folder = tmp_path / "corpus"
    images = [image_of(folder, "one", "a.png", speckle(8, 8), licence="CC-BY-4.0")]
    texts = [text_of(images[0], "A caption.")]
    corpus = made_corpus(folder, images, texts)
    export(corpus, tmp_path / "out", "hf-folder")
    readme = (tmp_path / "out" / "README.md").read_text()
    assert readme.startswith("---\nlicense: cc-by-4.0\n")
    assert corpus.digest in readme
    assert "| one | 1 | CC-BY-4.0 |" in readme


DAMAGES = [
    ({"format_version": 1}, "of format 1, where this version reads 2"),
    ({"colour": 3}, "colour: no such field; correct its name"),
    *(({name: None}, f"{name}: ") for name in ExportInfo.model_fields if name != "format_version"),
    *(({"options": {name: None}}, f"options.{name}: ") for name in ("per_image", "image_format")),
    *(({"splits": {"train": {name: None}}}, f"splits.train.{name}: ") for name in ExportedSplit.model_fields),
    ({"options": {"colour": 3}}, "options.colour: no such field"),
    ({"pictures": {"painted": 1}}, "pictures.painted"),
]


def damaged(manifest: dict, damage: dict) -> dict:
    """Return the manifest changed, at every depth; a key that is to be None is gone."""
    deeper = {name: damaged(manifest[name], value) for name, value in damage.items() if isinstance(value, dict)}
    changed = manifest | damage | deeper
    return {name: value for name, value in changed.items() if value is not None or name not in damage}


@pytest.mark.parametrize(("damage", "told"), DAMAGES, ids=[str(damage) for damage, _ in DAMAGES])
def test_an_export_whose_manifest_is_damaged_stays_as_it_is(tmp_path, damage, told):
    corpus, out = small(tmp_path / "corpus"), tmp_path / "out"
    export(corpus, out, "llava")
    manifest = json.loads((out / "export.json").read_text())
    (out / "export.json").write_text(json.dumps(damaged(manifest, damage)))
    with pytest.raises(CorpusError, match=r"export\.json: .*; give another --out, or move it away$") as caught:
        export(corpus, out, "llava")
    assert f"export.json: {told}" in str(caught.value)
    assert (out / "llava_train.json").is_file()


EXPORTING = """
import sys
from itertools import count
from pathlib import Path
from sarvl.corpus import Corpus
from sarvl.corpus.export import export

corpus, out = Corpus.open(Path(sys.argv[1])), Path(sys.argv[2])
for number in count():
    export(corpus, out, ["llava", "open-clip-csv"][number % 2])
    if not number:
        begun()
"""


def test_a_killed_export_leaves_the_old_or_the_new_one_and_nothing_that_stays(corpus, tmp_path):
    out = tmp_path / "exports" / "out"

    def is_export() -> None:
        info = json.loads((out / "export.json").read_text())
        assert info["target"] in ("llava", "open-clip-csv")

    kill_at_seeded_moments(EXPORTING, corpus.folder, out, seed=2, kills=3, meanwhile=is_export)
    info = export(corpus, out, "llava", splits=["test"])
    assert sorted(path.name for path in out.iterdir()) == sorted(info.entries)
    assert list(out.parent.iterdir()) == [out]
