"""The corpora of the claims: built by a recipe, parts of others, mirrored scenes, and images told in some way."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml
from numpy.typing import NDArray
from pydantic import Field

from sarvl import __version__
from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.corpus.building.corpus_counts import SourceFolder, count_all, count_sources, relative
from sarvl.corpus.corpus_info import FILE, CorpusSource
from sarvl.corpus.tables import SCHEMAS, TablesWriter, hashed_rows, read_table
from sarvl.corpus.workspace import put_in_place, workspace
from sarvl.documents import write_document
from sarvl.inference import narrate
from sarvl.models import Clip, load_model
from sarvl.recipes import RecipeModel, load_recipe
from sarvl.seeds import seeded_bytes


class Told(RecipeModel):
    """Training images of composed scenes, told by a captioner, by the D2C captions of a corpus, or by both.

    scenes: folder of `sarvl compose`; corpus: what was built of it. model: a run that writes. Images that one of
    the two does not tell, since a gate refused the caption or it is too long, are left out whoever tells them.
    """

    scenes: str
    corpus: str
    model: str
    by: tuple[Literal["model", "d2c"], ...]


class Making(RecipeModel):
    """How a corpus is made: by one of `build`, `part_of`, `mirror_of` and `told`. Paths are from the folder of claims.

    build: a build recipe, with `set` changed. part_of: a corpus, of whose training images only a `share` of each class
    is kept, and of whose images only those whose longer side has `least_px`. mirror_of: a folder of `sarvl compose`,
    whose training scenes are mirrored left to right and described anew.
    """

    build: str | None = None
    set: dict[str, Any] = Field(default={})
    part_of: str | None = None
    share: float = 1.0
    least_px: int = 0
    mirror_of: str | None = None
    told: Told | None = None


def make_corpus(making: Making, out: Path, name: str) -> None:
    """Make the corpus ``out/name`` unless it is there."""
    folder = out / name
    if (folder / FILE).exists():
        return
    if making.part_of:
        write_part(out / making.part_of, folder, making.share, making.least_px)
    elif making.mirror_of:
        recipe = write_mirrored(out / making.mirror_of, out / f"{name}-scenes")
        build(recipe, folder)
    elif making.told:
        build(write_told(making.told, out, out / f"{name}-told"), folder)
    else:
        overrides = [f"{field}={json.dumps(value)}" for field, value in making.set.items()]
        build(load_recipe(out / (making.build or ""), BuildRecipe, overrides), folder)


def write_part(whole: Path, out: Path, share: float = 1.0, least_px: int = 0) -> Corpus:
    """Write the part of a corpus with a share of the training images of each class, and only images that are so large.

    Training images are drawn one by one, so that scenes of which some patches go still stand in the part.
    """
    corpus = Corpus.open(whole)
    longer = np.maximum(corpus.column("width"), corpus.column("height"))
    return write_rows(corpus, out, stays(corpus, share) & (longer >= least_px))


def write_rows(corpus: Corpus, out: Path, kept: NDArray[np.bool_]) -> Corpus:
    """Write a corpus of some images of another one, and of their texts."""
    images, texts, rejects = (read_table(corpus.folder, table) for table in SCHEMAS)
    images = images.filter(pa.array(kept))
    texts = texts.filter(pc.is_in(texts["image_id"], value_set=images["image_id"]))
    with workspace(out) as work, TablesWriter(work) as writer:
        for table, rows in zip(SCHEMAS, (images, texts, rejects), strict=True):
            writer.write(table, hashed_rows(table, rows.to_pylist()))
        digest = writer.close()
        sources = count_sources(
            [source_folder(each, corpus.folder, out) for each in corpus.info.sources], images, rejects
        )
        counts = count_all(sources, images, texts, rejects)
        update = {"sarvl_version": __version__, "digest": digest, "sources": sources, "counts": counts}
        write_document(work / FILE, corpus.info.model_copy(update=update))
        put_in_place(work, out)
    return Corpus.open(out)


def source_folder(source: CorpusSource, whole: Path, out: Path) -> SourceFolder:
    """Return a source of the corpus ``whole`` for a corpus in ``out``."""
    images = relative(whole / source.images, out)
    return SourceFolder(source.name, images, source.licence, source.not_named, source.hidden)


def stays(corpus: Corpus, share: float) -> NDArray[np.bool_]:
    """Return for each image whether it is in a part: of those to train on, a share of each class."""
    of_class: dict[tuple[str, str], list[int]] = defaultdict(list)
    columns = (corpus.column(name) for name in ("split", "source", "label"))
    for row, (split, source, label) in enumerate(zip(*columns, strict=True)):
        if split == "train":
            of_class[source, label or ""].append(row)
    image_ids = corpus.column("image_id")
    kept = np.ones(len(image_ids), np.bool_)
    for rows in of_class.values():
        order = sorted(rows, key=lambda row: seeded_bytes(corpus.seed, "part", image_ids[row]))
        kept[order[max(1, round(share * len(rows))) :]] = False
    return kept


def write_mirrored(scenes: Path, out: Path) -> Path:
    """Write the training scenes of `sarvl compose` mirrored left to right; returns the recipe to build them.

    Boxes are mirrored with the pixels, so that captions that are made of them swap left and right.
    """
    told = json.loads((scenes / "annotations.json").read_text(encoding="utf-8"))
    images = [image for image in told["images"] if image["split"] == "train"]
    width = {image["id"]: image["width"] for image in images}
    for image in images:
        pixels = cv2.imread(str(scenes / "images" / image["file_name"]), cv2.IMREAD_UNCHANGED)
        path = out / "images" / image["file_name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), pixels[:, ::-1])
    objects = [mirrored(each, width[each["image_id"]]) for each in told["annotations"] if each["image_id"] in width]
    text = json.dumps({**told, "images": images, "annotations": objects})
    (out / "annotations.json").write_text(text, encoding="utf-8")
    (out / "build.yaml").write_bytes((scenes / "build.yaml").read_bytes())
    return out / "build.yaml"


def mirrored(annotated: dict[str, Any], width: int) -> dict[str, Any]:
    """Return an object of COCO, without its mask, in the mirrored image."""
    left, top, across, down = annotated["bbox"]
    rest = {name: value for name, value in annotated.items() if name != "segmentation"}
    return {**rest, "bbox": [width - left - across, top, across, down]}


def write_told(told: Told, out: Path, folder: Path) -> Path:
    """Write what is said of the training images of composed scenes as JSON lines; returns the recipe to build them.

    Whoever says it, it is plain text here, without claims, so that all are treated alike.
    """
    images = out / told.scenes / "images"
    by_model = narrated(images, out / told.model, out / f"narrated-{(out / told.scenes).name}.jsonl")
    captions = {"model": by_model, "d2c": captions_of(Corpus.open(out / told.corpus))}
    told_by_both = sorted(captions["model"].keys() & captions["d2c"].keys())
    lines = [
        {"image": file, "captions": [text for by in told.by for text in captions[by][file]]} for file in told_by_both
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "captions.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    files = {"images": str(images.resolve()), "annotations": "captions.jsonl"}
    source = {"name": "told", "format": "captions", **files, "quantity": "display", "split": "train"}
    (folder / "build.yaml").write_text(yaml.safe_dump({"sources": [source]}), encoding="utf-8")
    return folder / "build.yaml"


def narrated(images: Path, model: Path, lines: Path) -> dict[str, list[str]]:
    """Have a model caption the training images, and return by file the captions that pass the gates and fit a tower."""
    narrate([images / "train"], model, lines, quantity="display")
    told = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    texts, writer = [each["caption"] for each in told], load_model(str(model))
    too_long = set(Clip.too_long(writer, texts, writer.tower_tokenizer(texts)))
    print(f"{images.parent.name}: {len(told)} images narrated, of which {len(too_long)} are too long to learn from")
    files = [Path(each["image"]).resolve().relative_to(images.resolve()).as_posix() for each in told]
    return {file: [texts[index]] for index, file in enumerate(files) if index not in too_long}


def captions_of(corpus: Corpus) -> dict[str, list[str]]:
    """Return the captions of the training images of a corpus by file."""
    files = corpus.column("file")
    return {
        files[row]: [each.text for each in corpus.statements(row) if each.kind == "caption"]
        for row in corpus.rows_of("train").tolist()
    }
