import base64
import json
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from sarvl.errors import EvaluationError
from sarvl.evaluation.rows import ResultRow
from sarvl.reporting.figures import POINTS_A_CURVE, TrainingCurve, curve_figures, data_uri
from sarvl.reporting.html_page import Confusion, Report, Sample, SampleBox, Search, SearchExample, write_report
from sarvl.reporting.result_tables import grouped_results

HOSTILE = '<script>alert("x")</script>'
VOID = {"meta", "img", "br", "input", "link"}


class Structure(HTMLParser):
    """Collects tags, text and what the page would load; fails on tags that do not match."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words, self.loads = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.loads += [value for name, value in attributes if name in ("src", "href", "data") and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def row(task="retrieval", metric="strict_mean_recall", **changes):
    fields = {
        "task": task,
        "metric": metric,
        "value": 0.4321,
        "low": 0.4,
        "high": 0.5,
        "n": 12,
        "chance": 0.04,
        "model": "runs/a",
        "split": "test",
        "protocol": f"{task}-1",
        "weights_hash": "feed",
        "contract_hash": "cafe",
        "corpus_digest": "beef",
        "seed": 3,
        "row_version": 2,
    }
    return ResultRow(**(fields | changes))


def full_report():
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60), dtype=np.uint8)
    return Report(
        title=f"Title {HOSTILE}",
        summary=("What was measured.",),
        rows=[
            row(),
            row(metric="grouped_mean_recall", value=0.9),
            row(metric="strict_text_to_image_R@1", ceiling=0.777),
            row(metric="distinct_captions", value=812.0, low=None, high=None, chance=None, n=1000),
            row("zeroshot", "top1", settings={"templates": ["a SAR image of {}"]}),
            row("zeroshot", f"class_accuracy/{HOSTILE}"),
            row("counting", "mean_absolute_error", value=1.25, low=None, high=None, chance=None),
        ],
        confusions=[Confusion("Ten", ["ship", HOSTILE], np.array([[9, 1], [0, 0]]))],
        curves=[TrainingCurve("stage & one", [1, 2, 3], [3.0, 2.0, 1.0], [0.1, 0.2, 0.1], [3], [0.5], "recall")],
        samples=[Sample("a.png", pixels, [HOSTILE], [SampleBox(HOSTILE, 5, 6, 20, 30)])],
        search=Search([pixels, np.stack([pixels] * 3, axis=2)], ["one", "two"], [SearchExample("tank", [1], [0.5])]),
        facts=[("machine", "2 cores")],
    )


def written(tmp_path, report):
    write_report(tmp_path / "report.html", report)
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_page_is_whole_escaped_and_loads_nothing(tmp_path):
    text = written(tmp_path, full_report())
    page = Structure(text)
    assert HOSTILE not in text
    assert text.count("<script") == 2  # the answers as JSON, and the page's own script
    assert page.loads
    assert all(value.startswith(("data:image/jpeg;base64,", "#")) for value in page.loads)
    assert "default-src 'none'" in text
    assert set(re.findall(r"https?://[^\"]+", text)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_page_shows_every_part(tmp_path):
    page = Structure(written(tmp_path, full_report()))
    words = " ".join(" ".join(page.words).split())
    for expected in ("43.2", "[40.0, 50.0]", "77.7", "812 distinct captions", "What was measured.", "× 1", "2 cores"):
        assert expected in words
    for expected in (
        "counting, mean_absolute_error",
        "1.25",
        "a SAR image of {}",
        "feed",
        "cafe",
        "beef",
        "stage & one",
    ):
        assert expected in words
    for heading in ("Results", "Confusion", "Samples", "Nearest images for a sentence", "Training", "Provenance"):
        assert heading in page.words


def test_parts_without_data_are_left_out(tmp_path):
    page = Structure(written(tmp_path, Report("Rows only", rows=[row()])))
    assert "Provenance" in page.words
    assert not {"Confusion", "Samples", "Nearest images for a sentence", "Training"} & set(page.words)
    assert "script" not in page.tags
    assert "section" not in Structure(written(tmp_path, Report("Nothing measured"))).tags


def test_same_report_gives_the_same_bytes(tmp_path):
    assert written(tmp_path, full_report()) == written(tmp_path, full_report())


def test_search_answers_hold_only_the_pictures_shown(tmp_path):
    text = written(tmp_path, full_report())
    answers = json.loads(re.search(r'id="answers">(.*?)</script>', text, re.DOTALL)[1])
    assert answers["examples"] == [{"sentence": "tank", "images": [0], "scores": ["0.500"]}]
    assert answers["names"] == ["two"]
    assert len(answers["images"]) == 1


def test_groups_split_by_source_and_later_rows_win():
    rows = [row(), row(value=0.9), row(source="ssdd"), row(weights_hash="other")]
    groups, replaced = grouped_results(rows)
    assert replaced == 1
    assert [(group.source, group.weights_hash) for group in groups] == [
        ("all", "feed"),
        ("ssdd", "feed"),
        ("all", "other"),
    ]
    assert groups[0].retrieval[0].strict.value == 0.9


def test_no_row_is_lost():
    rows = full_report().rows
    (group,), _ = grouped_results(rows)
    shown = [r for line in group.retrieval for r in (line.strict, line.grouped) if r] + [group.distinct_captions]
    shown += [r for _, r in (*group.zeroshot, *group.classes)] + group.others
    assert sorted(r.metric for r in shown) == sorted(r.metric for r in rows)


def test_retrieval_lines_stand_in_order():
    names = [f"strict_{d}_R@{k}" for d in ("image_to_text", "text_to_image") for k in (10, 1, 5)]
    (group,), _ = grouped_results([row(), *(row(metric=name) for name in names)])
    assert [line.label for line in group.retrieval] == [
        *(f"text to image, R@{k}" for k in (1, 5, 10)),
        *(f"image to text, R@{k}" for k in (1, 5, 10)),
        "mean recall",
    ]


def test_pictures_keep_colours_and_are_bounded():
    red = np.zeros((100, 400, 3), np.uint8)
    red[..., 0] = 200
    encoded = base64.b64decode(data_uri(red, largest_side=40).split(",")[1])
    decoded = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert decoded.shape == (10, 40, 3)
    assert np.abs(decoded.astype(int) - [200, 0, 0]).max() < 6


def test_curves_follow_one_another_and_stay_small():
    long = TrainingCurve("long", range(20_000), np.linspace(3, 1, 20_000), np.ones(20_000))
    short = TrainingCurve("short", [1, 2], [1.0, 0.5], [1.0, 1.0])
    (_, loss), (_, _) = curve_figures([long, short])
    assert loss.count(" L ") + loss.count("\nL ") < 2 * POINTS_A_CURVE + 200
    assert "currentColor" in loss
    assert not re.search(r'\bid="(figure|axes|line2d)_\d', loss)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"samples": [Sample("a", np.zeros((4, 4)), [])]}, "give uint8"),
        ({"samples": [Sample("a", np.zeros((4, 4, 2), np.uint8), [])]}, "give uint8"),
        ({"confusions": [Confusion("c", ["a"], np.eye(2, dtype=int))]}, "one row a class"),
        ({"search": Search([], ["a"], [SearchExample("s", [0], [1.0])])}, "0 search images but 1 names"),
        ({"search": Search([], [], [SearchExample("s", [0], [1.0])])}, "names image 0 of 0"),
        ({"curves": [TrainingCurve("s", [1, 2], [1.0], [1.0])]}, "2 steps but 1 values"),
    ],
)
def test_faulty_parts_are_named(tmp_path, change, words):
    with pytest.raises(EvaluationError, match=words):
        write_report(tmp_path / "report.html", Report("faulty", **change))
    assert list(tmp_path.iterdir()) == []
