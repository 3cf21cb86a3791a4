"""The page as such: whole, escaped, and loading nothing; every kind of block drawn."""

import base64
import json
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from sarvl.blocks import (
    Bar,
    Bars,
    Box,
    Cell,
    Column,
    Course,
    Curve,
    Facts,
    Gallery,
    Line,
    Matrix,
    Picture,
    Search,
    SearchExample,
    Shown,
    Table,
    Tile,
    Tiles,
)
from sarvl.errors import EvaluationError
from sarvl.reporting.drawing import drawn
from sarvl.reporting.figures import POINTS_A_CURVE, curve_svg, data_uri
from sarvl.reporting.page import Card, Page, Section, write_page

HOSTILE = '<script>alert("x")</script>'
VOID = {"meta", "img", "br", "input", "link"}
PIXELS = np.random.default_rng(0).integers(0, 255, (40, 60), dtype=np.uint8)


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


def every_block():
    image = Shown("a.png", PIXELS, [Box(HOSTILE, 5, 6, 20, 30)])
    colour = Shown("two", np.stack([PIXELS] * 3, axis=2))
    return [
        Tiles([Tile("mean recall", "43.2", interval="[40.0, 50.0]", remark="2× the chance level of 21.6")]),
        Table(
            f"Table {HOSTILE}",
            [Column(""), Column("value", "strict"), Column("limit", "strict"), Column("n", " ")],
            [Line(("R@1", Cell("12.3", "[1.0, 2.0]"), "77.7", "12")), Line((HOSTILE, "1", "2", "3"), total=True)],
            remark="What is right.",
            aside="in short",
        ),
        Bars("By class", [Bar(HOSTILE, 0.5, "50.0", "of 24", 0.1), Bar("ship", 1.0, "100.0")], aside="the tick"),
        Matrix("Ten", ["ship", HOSTILE], np.array([[9, 1], [0, 0]]), "Rows are true."),
        Curve("Loss", [Course("stage & one", [1, 2, 3], [3.0, 2.0, 1.0])], "step"),
        Curve("Calibration", [Course("measured", [0.5], [0.4], ["7"])], "x", "y", points=True, diagonal="ideal"),
        Gallery("Errors", [Picture(HOSTILE, [image], [HOSTILE]), Picture("pair", [image, colour], ["one line"])]),
        Gallery("No pictures", [Picture("by name", [Shown("b.png")], ["b.png"])]),
        Facts("Machine", [("cores", "2")], [("prompts", ["a SAR image of {}"])]),
        Search([Shown("one", PIXELS), colour], [SearchExample("tank", [1], [0.5])]),
    ]


def written(tmp_path, page):
    write_page(tmp_path / "report.html", page)
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def full_page():
    sections = [Section("Results", [Card(every_block(), "chips", "runs/a", "A remark.")]), Section("Bare", [Card([])])]
    return Page(f"Title {HOSTILE}", ("What was measured.",), "How to read it.", sections)


def test_page_is_whole_escaped_and_loads_nothing(tmp_path):
    text = written(tmp_path, full_page())
    page = Structure(text)
    assert HOSTILE not in text
    assert text.count("<script") == 3  # the answers as JSON, their script, and that which sorts tables
    assert page.loads
    assert all(value.startswith(("data:image/jpeg;base64,", "#")) for value in page.loads)
    assert "default-src 'none'" in text
    assert set(re.findall(r"https?://[^\"]+", text)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_page_shows_every_part(tmp_path):
    page = Structure(written(tmp_path, full_page()))
    words = " ".join(" ".join(page.words).split())
    for expected in (
        *("43.2", "[40.0, 50.0]", "77.7", "What was measured.", "× 1", "cores", "How to read it.", "A remark."),
        *("strict", "What is right.", "in short", "of 24", "Rows are true.", "stage & one", "ideal", "one line"),
        *("No pictures", "b.png", "a SAR image of {}", "1 prompts", "tank", "cosine 0.500"),
    ):
        assert expected in words, expected
    assert page.tags.count("img") == 4
    assert {"Results", "Bare"} <= set(page.words)


def test_a_page_without_sections_has_none(tmp_path):
    page = Structure(written(tmp_path, Page("Nothing measured")))
    assert not {"section", "script", "article"} & set(page.tags)


def test_same_page_gives_the_same_bytes(tmp_path):
    assert written(tmp_path, full_page()) == written(tmp_path, full_page())


def test_a_class_has_one_colour_all_over_a_page(tmp_path):
    """Regression: a picture without bridges drew tanks in another colour than the next gallery, which had some."""

    def gallery(*names):
        return Gallery("", [Picture("", [Shown("", PIXELS, [Box(name, 1, 1, 9, 9) for name in names])])])

    cards = [Card([gallery("ship", "tank")]), Card([gallery("bridge", "ship", "tank")])]
    text = written(tmp_path, Page("", sections=[Section("", cards)]))
    drawn_as = re.findall(r'stroke="(#\w+)"><title>(\w+)', text)
    assert len(drawn_as) == 5
    assert len(set(drawn_as)) == len({colour for colour, _ in drawn_as}) == 3


def test_search_answers_hold_only_the_pictures_shown():
    text = drawn(every_block()[-1:], {})
    answers = json.loads(re.search(r'id="answers">(.*?)</script>', text, re.DOTALL)[1])
    assert answers["examples"] == [{"sentence": "tank", "images": [0], "scores": ["0.500"]}]
    assert answers["names"] == ["two"]
    assert len(answers["images"]) == 1


def test_headings_over_columns_span_them():
    text = drawn(every_block()[1:2], {})
    assert 'colspan="2">strict<' in text
    assert text.count("<thead><tr>") == 1


def test_pictures_keep_colours_and_are_bounded():
    red = np.zeros((100, 400, 3), np.uint8)
    red[..., 0] = 200
    encoded = base64.b64decode(data_uri(red, largest_side=40).split(",")[1])
    decoded = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert decoded.shape == (10, 40, 3)
    assert np.abs(decoded.astype(int) - [200, 0, 0]).max() < 6


def test_long_curves_stay_small():
    loss = curve_svg(Curve("loss", [Course("long", range(20_000), np.linspace(3, 1, 20_000))], "step"))
    assert loss.count(" L ") + loss.count("\nL ") < 2 * POINTS_A_CURVE + 200
    assert "currentColor" in loss
    assert not re.search(r'\bid="(figure|axes|line2d)_\d', loss)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (Gallery("g", [Picture("a", [Shown("a", np.zeros((4, 4)))])]), "give uint8"),
        (Gallery("g", [Picture("a", [Shown("a", np.zeros((4, 4, 2), np.uint8))])]), "give uint8"),
        (Matrix("c", ["a"], np.eye(2, dtype=int)), "one row a label"),
        (Table("t", [Column("a")], [Line(("1", "2"))]), "a line of 2 cells for 1 columns"),
        (Search([], [SearchExample("s", [0], [1.0])]), "names image 0 of 0"),
        (Curve("c", [Course("s", [1, 2], [1.0])], "step"), "2 x but 1 y values"),
    ],
)
def test_faulty_blocks_are_named(tmp_path, block, words):
    with pytest.raises(EvaluationError, match=words):
        write_page(tmp_path / "report.html", Page("faulty", sections=[Section("s", [Card([block])])]))
    assert list(tmp_path.iterdir()) == []


LONG = "a-name-of-" + "very-" * 38 + "end"


def test_long_names_are_whole_in_titles_and_cut_where_there_is_no_room(tmp_path):
    blocks = [
        Table("Names", [Column(""), Column("value")], [Line((LONG, "1"))]),
        Bars("Bars", [Bar(LONG, 0.5, "50.0")]),
        Matrix("Matrix", [LONG, "ship"], np.eye(2, dtype=int)),
        Gallery("Pictures", [Picture(LONG, [Shown(LONG, PIXELS, [Box(LONG, 5, 6, 20, 30)])], [LONG])]),
        Curve("Curve", [Course(LONG, [1, 2], [1.0, 2.0])], "step"),
    ]
    text = written(tmp_path, Page("Names", sections=[Section("s", [Card(blocks, LONG, LONG)])]))
    Structure(text)
    for kept in (f'class="cut" title="{LONG}"', f'scope="col" title="{LONG}"', f'scope="row" title="{LONG}"'):
        assert kept in text
    assert f"<title>{LONG}</title>" in text
    labels = re.findall(r"<text [^>]*>(.*?)</text>", text) + re.findall(r"a-name[^<]*…", text)
    assert labels
    assert not any(LONG in label for label in labels)
    assert f'<p class="small soft name">{LONG}</p>' in text


def test_what_scrolls_is_marked_and_can_be_reached_by_the_keyboard(tmp_path):
    text = written(tmp_path, full_page())
    assert text.count('class="scroll" tabindex="0" role="region"') == 2
    assert re.search(r"\.scroll \{ overflow-x: auto; background: linear-gradient", text)


def test_names_that_turn_the_direction_are_shown_as_they_are_written(tmp_path):
    turned = "ship\u202e gnp.\u200b"
    search = Search([Shown(turned, PIXELS)], [SearchExample(turned, [0], [0.5])])
    pictures = Gallery("g", [Picture(turned, [Shown(turned, PIXELS, [Box(turned, 1, 2, 9, 9)])], [turned])])
    curve = Curve("c", [Course(f"{turned} $x^$", [1, 2], [1.0, 2.0])], "step")
    text = written(tmp_path, Page(turned, [turned], sections=[Section(turned, [Card([search, pictures, curve])])]))
    assert not re.search("[\u202e\u200b]", text)
    assert "ship\\u202e gnp.\\u200b" in text
    assert "202e" in re.search(r'id="answers">(.*?)</script>', text, re.DOTALL)[1]


def test_facts_stand_at_the_top(tmp_path):
    text = written(tmp_path, Page("Title", ["What was measured."], facts=[("model", "runs/a"), ("date", "2026-11-29")]))
    assert text.index("<h1>") < text.index("<dt>model</dt><dd>runs/a</dd>") < text.index("What was measured.")
