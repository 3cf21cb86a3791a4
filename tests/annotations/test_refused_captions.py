"""Format ``captions``: what ``sarvl narrate`` refused is among the rejects, each with its reason."""

import json
from pathlib import Path

import pytest

from sarvl.annotations import Source, read_source
from sarvl.errors import AnnotationError


def source_of(folder: Path, refused: str) -> Source:
    (folder / "captions.json").write_text(json.dumps([{"image": "there/a.png", "caption": "A ship."}]))
    (folder / "refused.jsonl").write_text(refused)
    options = {"prefix": "there/", "refused": folder / "refused.jsonl"}
    fields = {"format": "captions", "images": folder, "annotations": folder / "captions.json", "options": options}
    return Source(name="s", quantity="display", split="train", **fields)


def test_what_was_refused_is_a_reject_with_its_reason(tmp_path):
    lines = [("b.png", "Green.", "green is optical"), ("c.png", "", "it is cut off")]
    entries = [{"image": f"there/{name}", "caption": said, "reason": why} for name, said, why in lines]
    rejects = read_source(source_of(tmp_path, "".join(f"{json.dumps(entry)}\n" for entry in entries))).rejects
    assert {(reject.unit, reject.file, reject.reason) for reject in rejects if reject.file != "a.png"} == {
        ("caption", "b.png", "green is optical"),
        ("image", "c.png", "it is cut off"),
    }


@pytest.mark.parametrize("line", ['{"image": "b.png"}', '{"reason": "so"}', '["b.png"]'])
def test_a_file_of_others_is_one_line(tmp_path, line):
    with pytest.raises(AnnotationError, match=r"refused\.jsonl: .*no image with a reason") as caught:
        read_source(source_of(tmp_path, f"{line}\n"))
    assert "\n" not in str(caught.value)
