"""``sarvl show``: what stands on the page, that it is bounded, and that no name on it can become markup or script."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from micro import make_corpus

from sarvl.blocks import class_colours
from sarvl.browsing import show
from sarvl.browsing.thumbnails import stretched
from sarvl.corpus import build
from sarvl.errors import CorpusError

HOSTILE = [
    "</script><script>document.title='taken'</script>",
    "<img src=x onerror=\"document.title='taken'\">",
    "<!--<script>",
    "]]>{{7*7}}&lt;b&gt;",
    "a\u2028b' onload='x",
]


def data_of(page: Path) -> dict:
    text = page.read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("show"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A corpus whose files, classes, captions and rejects have names that are markup."""
    folder = tmp_path_factory.mktemp("hostile")
    images, annotations = [], []
    (folder / "images").mkdir()
    for number, name in enumerate(HOSTILE):
        file = f"{number}{name.replace('/', '')}.png"
        cv2.imwrite(str(folder / "images" / "plain.png"), np.arange(4096, dtype=np.uint8).reshape(64, 64))
        (folder / "images" / "plain.png").rename(folder / "images" / file)
        images.append({"id": number, "file_name": file, "width": 64, "height": 64})
        annotations.append({"image_id": number, "category_id": number, "bbox": [4, 4, 20, 10]})
    images.append({"id": 99, "file_name": f"absent{HOSTILE[0]}.png", "width": 64, "height": 64})
    categories = [{"id": number, "name": name} for number, name in enumerate(HOSTILE)]
    (folder / "c.json").write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    source = {"name": "s", "format": "coco", "images": "images", "annotations": "c.json", "split": "train"}
    (folder / "c.yaml").write_text(yaml.safe_dump({"sources": [source]}))
    return build(folder / "c.yaml", folder / "corpus", workers=1)


def test_every_image_stands_with_its_boxes_and_texts(corpus, tmp_path):
    shown = show(corpus.folder, tmp_path / "page.html", workers=1)
    assert (shown.images, shown.images_in_all) == (56, 56)
    data = data_of(shown.page)
    assert [image["id"] for image in data["images"]] == corpus.column("image_id")
    for row, image in enumerate(data["images"]):
        objects = corpus.image(row).annotation.objects
        assert [name for name, _ in image["objects"]] == [item.class_name for item in objects]
        assert [outline[0] for _, outline in image["objects"]] == [item.box.xmin for item in objects]
        assert [text[2] for text in image["texts"]] == [said.text for said in corpus.statements(row)]
        assert (image["split"], image["source"]) == (corpus.column("split")[row], corpus.column("source")[row])
        picture = cv2.imdecode(np.frombuffer(base64.b64decode(image["picture"]), np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape[:2] == (image["height"], image["width"])


def test_classes_of_boxes_have_colours_of_their_own(corpus, tmp_path):
    """Regression: labels of whole images took colours, and bridges then shared theirs with tanks."""
    data = data_of(show(corpus.folder, tmp_path / "page.html", workers=1).page)
    boxed = {name for image in data["images"] for name, _ in image["objects"]}
    assert set(data["colours"]) == boxed < {name for image in data["images"] for name in image["classes"]}
    assert len(set(data["colours"].values())) == len(boxed) > 1
    assert len(set(class_colours(map(str, range(12))).values())) == 12


def test_more_images_than_the_limit_are_drawn_from_every_source_and_split_and_counted(corpus, tmp_path):
    shown = show(corpus.folder, tmp_path / "page.html", limit=12, workers=1)
    again = show(corpus.folder, tmp_path / "again.html", limit=12, workers=2)
    data = data_of(shown.page)
    assert len(data["images"]) == 12
    parts = {(image["source"], image["split"]) for image in data["images"]}
    assert parts == {(source, split) for source in ("scenes", "chips") for split in ("train", "val", "test")}
    assert "44 are left out" in shown.page.read_text(encoding="utf-8")
    assert shown.page.read_bytes() == again.page.read_bytes()


def test_splits_and_sources_can_be_chosen(corpus, tmp_path):
    page = show(corpus.folder, tmp_path / "page.html", splits=["test"], sources=["chips"], workers=1).page
    assert {(image["source"], image["split"]) for image in data_of(page)["images"]} == {("chips", "test")}
    with pytest.raises(CorpusError, match="no image of these splits and sources; there are"):
        show(corpus.folder, tmp_path / "none.html", splits=["nowhere"])
    assert not (tmp_path / "none.html").exists()


def test_an_image_that_is_gone_is_told_in_its_place(tmp_path):
    corpus = make_corpus(tmp_path)
    corpus.paths[3].unlink()
    image = data_of(show(corpus.folder, tmp_path / "page.html", workers=1).page)["images"][3]
    assert image["picture"] == ""
    assert "cannot be read" in image["problem"]


def test_what_was_refused_stands_with_its_reason(hostile, tmp_path):
    shown = show(hostile.folder, tmp_path / "page.html", workers=1)
    assert (shown.rejects, shown.rejects_in_all) == (1, 1)
    (reject,) = data_of(shown.page)["rejects"]
    assert reject[:2] == ["s", f"absent{HOSTILE[0]}.png"]
    assert reject[2:4] == ["image", "image is missing"]


def test_no_name_becomes_markup(hostile, tmp_path):
    text = show(hostile.folder, tmp_path / "page.html", workers=1).page.read_text(encoding="utf-8")
    assert len(re.findall(r"<script", text)) == 2
    assert len(re.findall(r"</script", text)) == 2
    assert not re.search(
        r"<img|onerror=\"|49", re.sub(r'id="data">.*?</script>', "", text, flags=re.DOTALL).split("<style>")[0]
    )
    data = re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1]
    assert not set("<>&\n\u2028") & set(data)
    assert {name for image in data_of(tmp_path / "page.html")["images"] for name in image["classes"]} >= {HOSTILE[0]}


def test_the_page_allows_no_network_and_no_script_but_its_own(corpus, tmp_path):
    text = show(corpus.folder, tmp_path / "page.html", limit=1).page.read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "innerHTML" not in script
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)


def drawn(page: Path, *options: str) -> str:
    """Return the page as a browser has it once its scripts have run; skips where there is none."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium on this machine")
    asked = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000", "--dump-dom"]
    ran = subprocess.run([*asked, *options, page.as_uri()], capture_output=True, text=True, check=True, timeout=120)
    return ran.stdout


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_reaches_beyond_a_narrow_or_a_wide_window(hostile, tmp_path, width):
    """Regression: what to do about a refused item lay beyond the edge of a telephone."""
    page = show(hostile.folder, tmp_path / "page.html", workers=1).page
    frame = tmp_path / "frame.html"
    measure = """
      const seen = document.querySelector("iframe").contentDocument;
      const parts = [seen.documentElement, ...seen.querySelectorAll(".scroll, form, figure")];
      document.title = parts.map((part) => part.scrollWidth - part.clientWidth).join(" ");
    """
    frame.write_text(
        f"<iframe src='{page.name}' style='width:{width}px;height:800px;border:0'></iframe>"
        f"<script>addEventListener('load', () => {{ {measure} }})</script>"
    )
    beyond = re.search("<title>(.*?)</title>", drawn(frame, "--allow-file-access-from-files"))[1].split()
    assert len(beyond) == 3 + 5
    assert set(beyond) == {"0"}


@pytest.mark.parametrize("maker", ["hostile", "corpus"])
def test_a_browser_draws_it_and_runs_nothing_else(request, tmp_path, maker):
    page = show(request.getfixturevalue(maker).folder, tmp_path / "page.html", workers=1).page
    dom = drawn(page)
    assert "<title>taken" not in dom
    assert dom.count("<figure>") == min(24, len(data_of(page)["images"]))
    assert dom.count("<polygon") >= 5
    assert "page 1 of" in dom


def test_dark_pictures_are_stretched_and_flat_ones_left():
    dark = np.tile(np.linspace(2, 22, 64).astype(np.uint8), (64, 1))[..., None].repeat(3, axis=2)
    assert (stretched(dark).min(), stretched(dark).max()) == (0, 255)
    flat = np.full((4, 4, 3), 7, np.uint8)
    assert (stretched(flat) == flat).all()
