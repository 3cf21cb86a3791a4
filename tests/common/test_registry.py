"""Registry: own modules and entry points by name, and what is said where one cannot be used."""

import pytest

from sarvl.annotations.format import FORMATS, Format
from sarvl.errors import AnnotationError, SarvlError
from sarvl.evaluation.task import TASKS
from sarvl.language import CLAIM_KINDS
from sarvl.registry import Registry


def test_own_names_come_from_the_modules_of_the_package():
    assert {"coco", "voc", "yolo"} <= set(FORMATS.names())
    assert FORMATS.names() == sorted(FORMATS.names())
    assert all(isinstance(item, Format) for _, item in FORMATS.items())


def test_an_unknown_name_is_told_with_the_nearest_and_all_names():
    with pytest.raises(AnnotationError, match=r"no format .coc.; did you mean coco\? there are captions, coco, "):
        FORMATS.get("coc")


def test_a_name_cannot_leave_the_package():
    with pytest.raises(AnnotationError, match=r"no format .coco\.COCO."):
        FORMATS.get("coco.COCO")


def test_what_is_wrong_in_the_code_of_others_is_one_line(tmp_path, monkeypatch):
    """It used to be a traceback where it was no error of the import itself."""
    (tmp_path / "torn_plugin.py").write_text("ITEM = 3 +\n")
    (tmp_path / "faulty_plugin.py").write_text("ITEM = int()\nint('no number')\n")
    monkeypatch.syspath_prepend(tmp_path)
    plugged(tmp_path, "torn = torn_plugin:ITEM\nfaulty = faulty_plugin:ITEM\nwhole = math:pi\n")
    numbers = Registry("number", "sarvl.annotations.formats", "FORMAT", "sarvl.numbers", float)
    assert numbers.get("whole") > 3
    for name, reason in (("torn", "SyntaxError: "), ("faulty", "ValueError: invalid literal")):
        with pytest.raises(
            SarvlError, match=rf"^entry point '{name}' of sarvl\.numbers cannot be loaded \({reason}"
        ) as caught:
            numbers.get(name)
        assert "\n" not in str(caught.value)


def test_an_item_that_calls_itself_otherwise_is_refused(tmp_path, monkeypatch):
    """Rows and tables hold that other name, under which nobody would find it again."""
    monkeypatch.syspath_prepend(tmp_path)
    plugged(tmp_path, "three = math:pi\n")
    numbers = Registry(
        "number", "sarvl.annotations.formats", "FORMAT", "sarvl.numbers", float, name_of=lambda number: f"{number:.2f}"
    )
    with pytest.raises(SarvlError, match=r"'three' of sarvl\.numbers calls itself '3\.14'; give both one name"):
        numbers.get("three")


@pytest.mark.parametrize("registry", [TASKS, CLAIM_KINDS], ids=lambda registry: registry.kind)
def test_our_own_call_themselves_as_their_modules(registry):
    assert [registry.name_of(item) for _, item in registry.items()] == registry.names()


def plugged(folder, points: str) -> None:
    info = folder / "sarvl_numbers-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sarvl-numbers\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[sarvl.numbers]\n{points}")
