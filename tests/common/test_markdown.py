"""Texts from files in Markdown of ours: they show as they are, and nothing comes of them."""

import re
from importlib.util import find_spec

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sarvl.markdown import escaped, front_matter, hub_licence, row, size_category, visible

HOSTILE = (
    *("<img src=x onerror=alert(1)>", "![x](http://e.vil/x)", "[a](javascript:alert(1))", "<https://e.vil>", "<!--"),
    *("https://e.vil", "www.e.vil", "e.vil", "//localhost", "a@e.vil", "@name", "mailto:a@e.vil", "€.de", "пример.рф"),
    *(
        "|",
        "\\",
        "`",
        "``",
        "```",
        "*",
        "**",
        "_",
        "__",
        "_a_",
        "~~",
        "# ",
        "- ",
        "+ ",
        "1. ",
        "12) ",
        "> ",
        "---",
        "===",
    ),
    *("\n", "  \n", "\n\n", "    ", "\t", "\r\n", "[^1]", "[^1]: note", "[a]: /b", "&lt;", "&#60;", "&", ";", ":ship:"),
    *("$x$", "\u202e", "\u2066", "\u200b", "\u00ad", "\ufeff", "\x1b[31m", "\x00", "\ud800", "\u2028", "{% x %}", "^"),
)
TEXTS = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from(HOSTILE) | st.text(max_size=4), max_size=8).map("".join)
)
PLACES = ("{}\n", "## {}\n", "| a | b |\n|---|---|\n| x | {} |\n", "Before {} behind.\n", "- {}\n")
OURS = {"paragraph", "heading", "table", "thead", "tbody", "tr", "th", "td", "bullet_list", "list_item"}
SEEN = {"text", "code_inline", "inline"}


def reader(*, linkify: bool) -> MarkdownIt:
    """Return a reader of GitHub's Markdown that passes HTML through; with addresses made links where asked."""
    return MarkdownIt("gfm-like", {"html": True, "linkify": linkify})


def assert_shows(reading: MarkdownIt, place: str, text: str) -> None:
    tokens = reading.parse(place.format(escaped(text) or "x"))
    inside = [child for token in tokens for child in token.children or ()]
    kinds = {re.sub("_(open|close)$", "", token.type) for token in tokens} | {token.type for token in inside}
    assert kinds <= OURS | SEEN
    words = ["".join(child.content for child in token.children) for token in tokens if token.type == "inline"]
    if visible(text):
        assert words[-1] == place.splitlines()[-1].strip("#-| ").removeprefix("x | ").format(visible(text))
    assert len(words) == (4 if "|---|" in place else 1)


@given(TEXTS, st.sampled_from(PLACES))
@example("ship|tanker", PLACES[2])
@example("1. A ship", PLACES[0])
def test_a_text_shows_as_it_is_and_nothing_comes_of_it(text, place):
    assert_shows(reader(linkify=False), place, text)


@given(TEXTS, st.sampled_from(PLACES))
def test_no_address_in_a_text_becomes_a_link(text, place):
    pytest.importorskip("linkify_it")
    assert_shows(reader(linkify=True), place, text)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", PLACES)
def test_each_hostile_text_is_tried_in_each_place(text, place):
    reading = reader(linkify=find_spec("linkify_it") is not None)
    assert_shows(reading, place, text)
    assert_shows(reading, place, f"{text} in words, {text}")


@given(TEXTS)
def test_nothing_in_a_shown_text_hides(text):
    shown = visible(text)
    assert shown.isprintable()
    assert visible(shown) == shown
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe0f]", shown)


def test_plain_words_stay_readable_in_the_file():
    text = "Two ships (12 m), 50 % of land_cover: 'a' - b; 3.5 m."
    assert escaped(text) == text
    assert row(["a|b", "images/a.png"]) == "| a&#124;b | `images/a.png` |"
    assert visible("a\u202eb\n c") == "a\\u202eb c"


def test_front_matter_holds_what_it_was_given_and_no_more():
    fields = {
        "license": "x\n---\nevil: true",
        "tags": ["- a: b", "&a *b", "!!python/object:x", "\u202e", "null", "1e3"],
    }
    head, end = front_matter(fields).removeprefix("---\n").rsplit("---\n", 1)
    assert yaml.safe_load(head) == fields
    assert end == "\n"
    assert "\n---" not in head.rstrip("\n")


def test_licences_and_sizes_have_the_names_that_the_hub_knows():
    assert hub_licence(["CC-BY-4.0", "CC BY 4.0"]) == {"license": "cc-by-4.0"}
    assert hub_licence(["CC-BY-4.0", "MIT"]) == hub_licence(["<b>mine</b>"]) == {"license": "other"}
    assert hub_licence(["not stated"]) == {"license": "unknown"}
    counts = (0, 999, 1000, 9999, 10**6, 10**12)
    names = ["n<1K", "n<1K", "1K<n<10K", "1K<n<10K", "1M<n<10M", "n>1T"]
    assert [size_category(count) for count in counts] == names
