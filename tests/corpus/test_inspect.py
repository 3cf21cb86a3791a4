"""The figures of a corpus against naive counts, and that a statement which is not true is found."""

import json
import re
from collections import Counter
from importlib import import_module
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_corpus import (
    fields_of_annotation,
    image_of,
    made_corpus,
    question_of,
    rows_of_statements,
    speckle,
    text_of,
)

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box
from sarvl.corpus import Corpus, inspect
from sarvl.corpus.inspecting.diversity import distinct_ngrams, similarity_of, word_counts
from sarvl.corpus.inspecting.sections import NOT_MEASURED, sections_of
from sarvl.corpus.inspecting.verification import verify_corpus
from sarvl.errors import CorpusError
from sarvl.language import Group, describe
from sarvl.language.claims.construction import claims_json, quantity_claim
from sarvl.language.rewrite import twin_statements

CLASSES = ("bridge", "ship")


def annotation(number: int) -> AnnotatedImage:
    ships = tuple(AnnotatedObject("ship", Box(5 + 9 * n, 4, 12 + 9 * n, 11)) for n in range(number % 4))
    bridge = (AnnotatedObject("bridge", Box(2, 30, 60, 40), (2, 30, 60, 31, 60, 40, 2, 39), 500.0),) * (number % 2)
    return AnnotatedImage(
        file=f"{number}.png",
        path=Path(f"{number}.png"),
        width=64,
        height=48,
        objects=bridge + ships,
        labelled_classes=CLASSES,
    )


def rows(folder: Path, count: int) -> tuple[list[dict], list[dict]]:
    images, texts = [], []
    for number in range(count):
        said = annotation(number)
        fields = fields_of_annotation(said)
        split = "test" if number % 3 == 0 else "train"
        images.append(image_of(folder, "made", said.file, speckle(seed=number), split=split, **fields))
        texts += rows_of_statements(images[-1], describe(said, captions=4))
    return images, texts


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    folder = tmp_path_factory.mktemp("corpus")
    images, texts = rows(folder, 12)
    images.append(image_of(folder, "chips", "a.png", speckle(seed=99), label="BMP2", notes=["1 caption left out"]))
    texts += [text_of(images[-1], "A person's words."), text_of(images[-1], "A person's words.")]
    for n, answer in enumerate(["yes", "no", "Yes."]):
        asked = question_of(
            images[n], f"Is there a ship {n}?", answer, answer_type="yes/no", application="identification"
        )
        texts.append(asked | {"claims": '[{"kind":"presence","group":{"class":"ship"}}]', "evidence": [[]]})
    texts.append(question_of(images[3], "Why?", "no", answer_type="yes/no"))
    rejects = [
        {"source": "made", "unit": "box", "file": f"{n}.png", "reason": f"box {n} lies outside", "advice": ""}
        for n in range(3)
    ]
    return made_corpus(folder, images, texts, rejects, not_held=("gone",))


@pytest.fixture(scope="module")
def found(corpus):
    return inspect(corpus)


def test_counts_are_those_of_the_rows(corpus, found):
    texts = corpus.texts.to_pylist()
    captions = [row["text"] for row in texts if row["kind"] == "caption"]
    assert found.captions.count == len(captions)
    assert found.captions.distinct == len(set(captions))
    assert found.captions.families == Counter(row["family"] for row in texts if row["kind"] == "caption")
    assert list(found.captions.families.values()) == sorted(found.captions.families.values(), reverse=True)
    assert found.claims == Counter(claim["kind"] for row in texts for claim in json.loads(row["claims"]))
    assert found.splits == {"train": 9, "test": 4}
    assert list(found.splits) == ["train", "test"]


def test_classes_are_counted_by_split(corpus, found):
    wanted: Counter = Counter()
    for row in corpus.images.to_pylist():
        wanted.update((item["class_name"], row["split"]) for item in row["objects"])
    assert {(name, split): n for name, splits in found.objects.items() for split, n in splits.items()} == wanted
    assert list(found.objects) == ["ship", "bridge"]
    assert found.labels == {"BMP2": {"train": 1}}
    assert sum(found.objects_an_image) == 13
    assert sum(n * images for n, images in enumerate(found.objects_an_image)) == sum(wanted.values())


def test_the_card_tells_what_was_taken_as_labelled_and_how_many_images_have_it(corpus, found):
    images = corpus.images.to_pylist()
    there = {name: sum(name in {item["class_name"] for item in row["objects"]} for row in images) for name in CLASSES}
    assert found.labelled == [("made", name, there[name]) for name in CLASSES]
    (section,) = [section for section in sections_of(found) if section.title == "Taken as labelled"]
    assert section.rows == [("made", "bridge", str(there["bridge"])), ("made", "ship", str(there["ship"]))]


def test_questions_by_application_and_the_balance_of_yes_and_no(found):
    assert found.questions.count == found.questions.distinct == 4
    assert found.questions.applications == {"identification": {"yes/no": 3}, "others": {"yes/no": 1}}
    assert found.questions.yes_no == {"no class stated": {"no": 1}, "ship": {"yes": 2, "no": 1}}


def test_the_balance_leaves_out_questions_whose_claims_are_of_other_classes():
    claims = claims_json([quantity_claim(Group("bridge"), "exactly", 0)])
    rows = [
        {"claims": claims, "answer": "no", "family": family}
        for family in ("exists", "other_categories", "belongs", "exists")
    ]
    balance = import_module("sarvl.corpus.inspecting.inspector")._yes_no(pa.Table.from_pylist(rows))
    assert balance == {"bridge": {"no": 2}}


def test_refusals_and_notes_are_counted_without_their_numbers(found):
    assert found.refused == [("made", "box", "box … lies outside", 3)]
    assert found.noted == [("chips", "… caption left out", 1)]


def test_every_rule_made_statement_is_confirmed(corpus, found):
    machine_made = [row for row in corpus.texts.to_pylist() if row["producer"] != "human"]
    assert found.verification == (len(machine_made), len(machine_made), len(machine_made), [])


def test_what_the_tables_keep_of_an_annotation_is_what_was_said_of_it(corpus):
    assert [corpus.image(row).annotation for row in range(12)] == [annotation(number) for number in range(12)]
    captions = [said for said in corpus.statements(3) if said.kind == "caption"]
    assert captions == describe(annotation(3), captions=4)


def test_rewritten_captions_are_held_to_those_of_the_optical_twin(tmp_path):
    said = AnnotatedImage("a.png", tmp_path / "a.png", 64, 48, twin_captions=("Two ships are beside a green pier.",))
    rewritten, _ = twin_statements(said)
    image = image_of(tmp_path, "made", "a.png", speckle(), twin_captions=list(said.twin_captions))
    texts = rows_of_statements(image, rewritten)
    assert texts
    assert verify_corpus(made_corpus(tmp_path, [image], texts)).confirmed == len(texts)
    other = image | {"twin_captions": ["A forest."]}
    assert verify_corpus(made_corpus(tmp_path, [other], texts)).confirmed == 0


@pytest.mark.parametrize("change", [{"text": "A SAR image of 9 ships."}, {"evidence": [[0, 0]]}])
def test_a_statement_that_is_not_true_is_named(tmp_path, change):
    images, texts = rows(tmp_path, 8)
    exactly_two = '[{"kind":"count","group":{"class":"ship"},"comparison":"exactly","number":2}]'
    place = next(n for n, row in enumerate(texts) if row["claims"] == exactly_two)
    texts[place] |= change
    verification = verify_corpus(made_corpus(tmp_path, images, texts))
    assert verification.checked - verification.confirmed == 1
    (problem,) = verification.problems
    assert (problem.image_id, problem.text) == (texts[place]["image_id"], texts[place]["text"])


def test_only_the_first_ten_problems_are_kept_and_all_are_counted(tmp_path):
    images, texts = rows(tmp_path, 12)
    for row in texts:
        row["text"] = "A SAR image of 7 storks."
    verification = verify_corpus(made_corpus(tmp_path, images, texts))
    assert (verification.checked, verification.confirmed, len(verification.problems)) == (len(texts), 0, 10)
    assert verification.problems[0].image_id == "made/0.png"


def test_a_sample_of_statements_is_drawn_once_and_for_all(corpus):
    first, again = verify_corpus(corpus, at_most=7), verify_corpus(corpus, at_most=7, workers=1)
    assert first == again
    assert (first.checked, first.confirmed) == (7, 7)
    assert verify_corpus(corpus, at_most=10**6).checked == first.statements


def test_evidence_that_does_not_fit_its_claims_is_an_error_of_one_line(tmp_path):
    images, texts = rows(tmp_path, 2)
    texts[0]["evidence"] = [[0]] * 9
    with pytest.raises(CorpusError, match="claims have 9 lists of evidence"):
        verify_corpus(made_corpus(tmp_path, images, texts))


SENTENCES = st.lists(st.text(alphabet="aB é.,-'7 ", max_size=24), max_size=30)


@given(SENTENCES)
def test_distinct_ngrams_are_those_of_a_naive_count(sentences):
    found = distinct_ngrams(pa.chunked_array([sentences[:7], sentences[7:]], pa.string()))
    for n in (1, 2, 3):
        grams = []
        for sentence in sentences:
            words = re.findall(r"[^\W_]+", sentence.lower())
            grams += [tuple(words[place : place + n]) for place in range(len(words) - n + 1)]
        assert found[n] == (pytest.approx(len(set(grams)) / len(grams)) if grams else 0.0)


@given(SENTENCES)
def test_word_counts_are_those_of_split(sentences):
    counts = word_counts(pa.chunked_array([sentences], pa.string()))
    naive = Counter(len(sentence.split()) for sentence in sentences)
    assert {words: n for words, n in enumerate(counts.tolist()) if n} == naive


def test_similarity_is_mean_and_variance_over_all_pairs():
    texts = [f"text {n}" for n in range(20)]
    vectors = np.random.default_rng(0).normal(size=(20, 5))
    embedder = SimpleNamespace(encode_texts=lambda asked: vectors[[texts.index(text) for text in asked]])
    found = similarity_of(pa.chunked_array([texts]), embedder, seed=0)
    cosines = [float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)) for a, b in combinations(vectors, 2)]
    assert found.texts == 20
    assert found.mean == pytest.approx(np.mean(cosines))
    assert found.variance == pytest.approx(np.var(cosines))


@pytest.mark.parametrize("vectors", [np.ones(20), np.zeros((20, 3)), np.full((20, 3), np.nan), np.ones((3, 3))])
def test_an_embedder_that_does_not_fit_is_refused(vectors):
    with pytest.raises(CorpusError, match="it must give a vector each"):
        embedder = SimpleNamespace(encode_texts=lambda _: vectors)
        similarity_of(pa.chunked_array([[f"text {n}" for n in range(20)]]), embedder, seed=0)


def test_sections_say_what_was_not_measured_and_what_is_missing(found):
    sections = {section.title: section for section in sections_of(found)}
    assert ("cosine between captions", NOT_MEASURED) in sections["Texts"].rows
    remark = "Not held, so that nothing of them is in here: gone. Scenes unknown: split image by image: made, chips. "
    assert sections["Sources"].remark.startswith(remark)
    assert sections["Yes and no"].rows == [("no class stated", "0", "1", "0.0 %"), ("ship", "2", "1", "66.7 %")]
    assert "Statements that verify refuses" not in sections
    assert all(len(row) == len(section.head) for section in sections.values() for row in section.rows)


def test_json_holds_plain_values(found):
    read = json.loads(json.dumps(found.as_json()))
    assert read["verification"]["confirmed"] == found.verification.confirmed
    assert read["similarity"] is None
    assert read["captions"]["distinct_ngrams"].keys() == {"1", "2", "3"}
    assert read["captions"]["mean_words"] == pytest.approx(found.captions.mean_words)
