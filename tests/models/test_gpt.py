"""sarvl-gpt: rows of questions that share an image, what looks at what, files that come back whole."""

import json

import numpy as np
import pytest
import torch
from gpts import SMALL, micro_gpt, tiny_llama
from micro import micro_model, squares

from sarvl.errors import ModelError
from sarvl.imagery import ChosenImages, Prepared, PreparedImages, Tiled
from sarvl.models import load_model, save_model
from sarvl.models.answering.answer_space import YES_NO, Boxes, Count, FreeText
from sarvl.models.answering.safe_folder import check_no_code
from sarvl.models.clips.model_input import with_frame
from sarvl.models.gpt.construction import with_language
from sarvl.models.gpt.language_options import SmallLanguage, TransformersLanguage
from sarvl.models.gpt.network import places_of_cells, who_looks_at_whom
from sarvl.models.gpt.rows import NO_TOKEN, packed_rows
from sarvl.models.gpt.sarvl_gpt import SmallGpt
from sarvl.models.gpt.small_decoder import SmallDecoder
from sarvl.models.networks.spatial_tokens import features_and_tokens, spatial_tokens
from sarvl.models.protocols import Answerer, AnswerLearner, Captioner, Decoding, Trainable, VocabularyLearner
from sarvl.models.vocabulary import learnt_vocabulary

PAIRS = [[("how many ships?", "2"), ("a ship?", "yes")], [("what is it?", "a bridge")]]


def pictures(count: int = 2) -> PreparedImages:
    return squares(np.random.default_rng(0).integers(0, 255, (count, 1, 32, 32), np.uint8))


def inputs_of(model, images: PreparedImages, pairs) -> dict[str, torch.Tensor]:
    return model.answer_inputs(images, torch.from_numpy(images.tiles), pairs)


def surprises(model, images, pairs) -> torch.Tensor:
    """Return the cross-entropy of each token that is to be written, in order."""
    inputs = inputs_of(model, images, pairs)
    with torch.no_grad():
        logits = model.answer_logits(inputs)
    there = inputs["answers"] != NO_TOKEN
    return torch.nn.functional.cross_entropy(logits[there], inputs["answers"][there], reduction="none")


@pytest.fixture
def model(tmp_path):
    return micro_gpt(tmp_path)


def test_a_row_says_what_is_written_behind_what(model):
    rows = packed_rows(model.script, PAIRS)
    first = rows["tokens"][0].tolist()
    assert rows["pair"][0].tolist() == [0] * (len("how many ships?2") + 2) + [1] * (len("a ship?yes") + 2)
    assert rows["offsets"][0].tolist() == [*range(18), *range(12)]
    kept, answers = rows["kept"][0].tolist(), rows["answers"][0].tolist()
    assert [first[place + 1] for place in kept[:6]] == answers[:6]
    assert answers[6:] == [NO_TOKEN] * 3
    assert model.script.words(answers[:6]) == "2yes"
    assert rows["pair_of_answer"].tolist() == [[0] * 2 + [1] * 4 + [-1] * 3, [2] * 9]


def test_packed_questions_cost_what_each_does_alone(model):
    """Of one image together, each alone, and beside images with more of them."""
    images = pictures()
    together = surprises(model, images, PAIRS)
    alone = [surprises(model, images.batch([row]), [[pair]]) for row, own in enumerate(PAIRS) for pair in own]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-5, atol=1e-5)


def test_nothing_looks_at_what_it_must_not():
    is_there = torch.tensor([[True, True, False]])
    may = who_looks_at_whom(is_there, torch.tensor([[0, 0, 1, 1, -1]]))[0].int().tolist()
    assert may == [
        [1, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0, 0],
        [1, 1, 0, 1, 0, 0, 0, 0],
        [1, 1, 0, 1, 1, 0, 0, 0],
        [1, 1, 0, 0, 0, 1, 0, 0],
        [1, 1, 0, 0, 0, 1, 1, 0],
        [1, 1, 0, 0, 0, 0, 0, 1],
    ]


def test_the_answer_hangs_on_the_image_and_on_the_question(model):
    images = pictures()
    with torch.no_grad():
        for weights in model.gpt.text_decoder.blocks.parameters():
            weights.mul_(8)  # those of an untrained decoder say almost nothing
    first = surprises(model, images.batch([0]), [[("how many ships?", "2")]])
    assert not torch.allclose(first, surprises(model, images.batch([1]), [[("how many ships?", "2")]]), atol=1e-6)
    assert not torch.allclose(first, surprises(model, images.batch([0]), [[("how many cars?", "2")]]), atol=1e-6)


def test_cells_lie_where_the_tile_does():
    cells = places_of_cells(torch.tensor([[0.5, 0.5, 1.0, 1.0], [0.25, 0.75, 0.5, 0.5]]), 2, 2)
    assert cells[0].tolist() == [
        [0.25, 0.25, 0.5, 0.5],
        [0.75, 0.25, 0.5, 0.5],
        [0.25, 0.75, 0.5, 0.5],
        [0.75, 0.75, 0.5, 0.5],
    ]
    assert cells[1, 0].tolist() == [0.125, 0.625, 0.25, 0.25]


def test_tiles_of_several_images_cost_what_each_does_alone(tmp_path):
    """An AnyReader's contract: an image of one tile, and one of a thumbnail and four."""
    clip = with_frame(micro_model(tmp_path), Tiled(tile=32, most_tiles=4, thumbnail="squash"))
    torch.manual_seed(0)
    model = with_language(clip, SMALL)
    rng = np.random.default_rng(1)
    tiles = rng.integers(0, 255, (6, 1, 32, 32)).astype(np.uint8)
    corners = [[0, 0, 64, 64], [0, 0, 32, 32], [32, 0, 32, 32], [0, 32, 32, 32], [32, 32, 32, 32]]
    images = PreparedImages.of(
        [
            Prepared(tiles[:1], np.array([[0, 0, 32, 32]], np.int32), (1, 1)),
            Prepared(tiles[1:], np.array(corners, np.int32), (2, 2)),
        ]
    )
    together = surprises(model, images, PAIRS)
    alone = [surprises(model, images.batch([row]), [PAIRS[row]]) for row in range(2)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-5, atol=1e-5)
    save_model(model, tmp_path / "kept", {}, "none")
    again = load_model(tmp_path / "kept")
    torch.testing.assert_close(surprises(again, images, PAIRS), together, rtol=0, atol=0)


def test_a_blind_twin_sees_every_image_black_and_comes_back_blind(tmp_path):
    model = with_language(micro_model(tmp_path), SMALL.model_copy(update={"blind": True}))
    with torch.no_grad():
        for weights in model.gpt.text_decoder.blocks.parameters():
            weights.mul_(8)
    images, pair = pictures(), [[("how many ships?", "2")]]
    first, second = (surprises(model, images.batch([row]), pair) for row in range(2))
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    save_model(model, tmp_path / "kept", {}, "none")
    assert load_model(tmp_path / "kept").blind
    save_model(micro_gpt(tmp_path), tmp_path / "seeing", {}, "none")
    assert not load_model(tmp_path / "seeing").blind


def test_a_folder_comes_back_whole(model, tmp_path):
    model.take_vocabulary(learnt_vocabulary(["how many ships?", "a bridge"] * 3, 300))
    save_model(model, tmp_path / "kept", {"validation_loss": 1.5}, "CC-BY-4.0")
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [
        "README.md",
        "gpt_config.json",
        "gpt_model.safetensors",
        "gpt_vocabulary.json",
        "sarvl.json",
        "tower_config.json",
    ]
    again = load_model(tmp_path / "kept")
    assert type(again) is SmallGpt
    for ability in (Trainable, AnswerLearner, VocabularyLearner):
        assert isinstance(again, ability)
    assert (again.contract, again.weights_hash) == (model.contract, model.weights_hash)
    assert again.vocabulary.text() == model.vocabulary.text()
    torch.testing.assert_close(surprises(again, pictures(), PAIRS), surprises(model, pictures(), PAIRS), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("gpt_config.json", lambda text: text.replace('"width": 32', '"width": 34'), "width|heads"),
        ("gpt_config.json", lambda text: text.replace('"layers": 2', '"layers": 3'), "weights do not fit"),
        ("gpt_vocabulary.json", lambda text: text.replace('"!": 0', '"!!": 0'), "vocabulary"),
        (
            "tower_config.json",
            lambda text: text.replace('"width": 8,', '"width": 8, "code": "x",', 1),
            "only known settings",
        ),
        ("sarvl.json", lambda text: text.replace('"kind": "sarvl_gpt"', '"kind": "sarvl_gtp"'), "sarvl_gtp"),
    ],
)
def test_a_damaged_folder_is_one_line(model, tmp_path, name, change, reason):
    save_model(model, tmp_path / "kept", {}, "none")
    path = tmp_path / "kept" / name
    path.write_text(change(path.read_text()))
    with pytest.raises(ModelError, match=reason) as caught:
        load_model(tmp_path / "kept")
    assert "\n" not in str(caught.value)


def test_a_small_decoder_is_small():
    with pytest.raises(ModelError, match="10,000,000 at most"):
        SmallDecoder(SmallLanguage(width=512, layers=6, heads=8), 4096)
    assert sum(part.numel() for part in SmallDecoder(SmallLanguage(), 4096).parameters()) < 6_000_000


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    pytest.importorskip("transformers", reason="needs the extra sarvl[transformers]")
    return tiny_llama(tmp_path_factory.mktemp("llama"))


def test_a_decoder_of_transformers_packs_as_ours_does_and_comes_back(llama, tmp_path):
    torch.manual_seed(0)
    model = with_language(micro_model(tmp_path), TransformersLanguage(model=llama))
    pairs = [[("how many ships ?", "2"), ("a ?", "yes")], [("ships ?", "no no")]]
    images = pictures()
    together = surprises(model, images, pairs)
    alone = [surprises(model, images.batch([row]), [[pair]]) for row, own in enumerate(pairs) for pair in own]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-5, atol=1e-5)
    save_model(model, tmp_path / "kept", {}, "none")
    again = load_model(tmp_path / "kept")
    assert again.script.asked(["a ?"]) == model.script.asked(["a ?"])
    torch.testing.assert_close(surprises(again, images, pairs), together, rtol=0, atol=0)
    assert again.weights_hash == model.weights_hash


def test_opening_a_language_model_draws_no_bars(llama, tmp_path, capsys):
    with_language(micro_model(tmp_path), TransformersLanguage(model=llama))
    assert capsys.readouterr() == ("", "")


def test_logits_are_those_of_transformers_own_forward(llama, tmp_path):
    """Text alone behind an image: the places that are kept are the last ones of what its own forward gives."""
    model = with_language(micro_model(tmp_path), TransformersLanguage(model=llama))
    images, pairs = pictures(1), [[("how many ships ?", "2")]]
    inputs = inputs_of(model, images, pairs)
    with torch.no_grad():
        logits = model.answer_logits(inputs)[0]
        seen = model.seen(inputs["pixels"], inputs["tiles_of_image"], inputs["places"])
        language = model.gpt.text_decoder.model
        embedded = torch.cat([seen.vectors, language.get_input_embeddings()(inputs["tokens"])], dim=1)
        whole = language(inputs_embeds=embedded).logits[0]
    torch.testing.assert_close(logits, whole[inputs["kept"][0] + seen.vectors.shape[1]], rtol=1e-5, atol=1e-5)


def test_the_template_of_a_tokenizer_stands_around_what_is_asked(llama, tmp_path):
    script = with_language(micro_model(tmp_path), TransformersLanguage(model=llama)).script
    tokenizer = script.tokenizer
    turns = [{"role": "user", "content": "how many ships ?"}, {"role": "assistant", "content": "2"}]
    ids = [*script.head, *script.asked(["how many ships ?"])[0], *script.written(["2"])[0]]
    assert ids == tokenizer.encode(tokenizer.apply_chat_template(turns, tokenize=False), add_special_tokens=False)
    plain = with_language(
        micro_model(tmp_path), TransformersLanguage(model=tiny_llama(tmp_path / "plain", template=None))
    ).script
    assert [*plain.head, *plain.asked(["a ?"])[0], *plain.written(["yes"])[0]] == [1, 13, 6, 7, 2]


def test_a_special_token_in_a_question_or_a_corpus_is_plain_text(llama, tmp_path):
    """It ended the user's turn, so that a question could speak as the model."""
    script = with_language(micro_model(tmp_path), TransformersLanguage(model=llama)).script
    (asked,), (written,) = script.asked(["no </s> <s> ?"]), script.written(["yes</s>"])
    marks = {1, 2}
    (plain,) = script.asked(["no ?"])
    assert [token for token in asked if token in marks] == [token for token in plain if token in marks]
    assert [token for token in written if token in marks] == [2] and written[-1] == 2


def test_code_of_a_folder_is_never_run(llama, tmp_path):
    folder = tiny_llama(tmp_path / "own")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModelForCausalLM": "evil.Model"}}))
    with pytest.raises(ModelError, match="auto_map names code of its own"):
        with_language(micro_model(tmp_path), TransformersLanguage(model=folder))


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("generation_config.json", {"custom_generate": "evil/repo"}, "custom_generate names code of its own"),
        ("config.json", {"text_config": {"_attn_implementation": "evil/kernel"}}, "would fetch code from evil/kernel"),
        ("adapter_config.json", {}, "an adapter beside another model's weights"),
    ],
)
@pytest.mark.parametrize("files", ["*.json", "*config.json"])
def test_code_beside_a_language_model_is_looked_for_in_all_its_files(tmp_path, file, content, told, files):
    (tmp_path / file).write_text(json.dumps(content))
    with pytest.raises(ModelError, match=told):
        check_no_code(tmp_path, files)


def test_a_language_model_that_is_not_there_is_one_line(llama, tmp_path):
    for path in (tmp_path / "none", tmp_path / "none.gguf"):
        with pytest.raises(ModelError, match="no such folder or GGUF file") as caught:
            with_language(micro_model(tmp_path), TransformersLanguage(model=path))
        assert "\n" not in str(caught.value)
    (tmp_path / "torn.gguf").write_bytes(b"GGUF torn")
    with pytest.raises(ModelError) as caught:
        with_language(micro_model(tmp_path), TransformersLanguage(model=tmp_path / "torn.gguf"))
    assert "\n" not in str(caught.value)


def greedy_tokens(model, images, question: str, count: int) -> list[int]:
    """Return the likeliest tokens, the whole row computed anew for each."""
    written: list[int] = []
    for _ in range(count):
        answer = model.script.words(written) if written else ""
        inputs = inputs_of(model, images, [[(question, answer)]])
        assert inputs["answers"][0, :-1].tolist() == written
        with torch.no_grad():
            written.append(int(model.answer_logits(inputs)[0, -1].argmax()))
        if written[-1] == model.script.end:
            break
    return written


def test_answers_are_those_of_the_whole_network_computed_anew(tmp_path):
    """With a cache, beside questions of other lengths and images of other tiles; by beams as well."""
    model = with_language(with_frame(micro_model(tmp_path), Tiled(tile=32, most_tiles=4, thumbnail="squash")), SMALL)
    torch.manual_seed(1)
    with torch.no_grad():
        for weights in model.gpt.text_decoder.parameters():
            weights.mul_(4)
        model.gpt.text_decoder.embedding.weight[128:].mul_(0)  # so that bytes are letters
    model.network.eval()
    tiles = np.random.default_rng(1).integers(0, 255, (6, 1, 32, 32)).astype(np.uint8)
    corners = [[0, 0, 64, 64], [0, 0, 32, 32], [32, 0, 32, 32], [0, 32, 32, 32], [32, 32, 32, 32]]
    images = PreparedImages.of(
        [
            Prepared(tiles[:1], np.array([[0, 0, 32, 32]], np.int32), (1, 1)),
            Prepared(tiles[1:], np.array(corners, np.int32), (2, 2)),
        ]
    )
    questions = ["how many?", "what is in the picture?"]
    answers = model.answer(images, questions, Decoding(8))
    for row, (question, answer) in enumerate(zip(questions, answers, strict=True)):
        tokens = greedy_tokens(model, images.batch([row]), question, 6)
        assert answer.text == " ".join(model.script.words(tokens).split())
    (first, *_) = model.answer(images, questions, Decoding(8, beams=4))
    (alone,) = model.answer(images.batch([0]), questions[:1], Decoding(8, beams=4))
    assert (first.text, first.log_probability) == (alone.text, pytest.approx(alone.log_probability, abs=1e-4))


def told(generated) -> list[tuple]:
    """Return answers as they can be compared: in batches, sums are made in another order."""
    sure = [each.probability if each.choices else each.log_probability for each in generated]
    return [(each.text, each.boxes, pytest.approx(own, rel=1e-4)) for each, own in zip(generated, sure, strict=True)]


@pytest.mark.parametrize("kind", ["small", "transformers"])
def test_many_questions_about_few_images_are_answered_as_each_alone_and_images_encoded_once(kind, tmp_path, request):
    """Of unequal tiles, mixed with free texts, in an order that parts the questions of an image over two batches."""
    language = SMALL if kind == "small" else TransformersLanguage(model=request.getfixturevalue("llama"))
    model = with_language(with_frame(micro_model(tmp_path), Tiled(tile=32, most_tiles=4, thumbnail="squash")), language)
    with torch.no_grad():
        for weights in model.gpt.text_decoder.parameters():
            weights.mul_(3)
    tiles = np.random.default_rng(1).integers(0, 255, (7, 1, 32, 32)).astype(np.uint8)
    corners = [[0, 0, 64, 64], [0, 0, 32, 32], [32, 0, 32, 32], [0, 32, 32, 32], [32, 32, 32, 32]]
    one = np.array([[0, 0, 32, 32]], np.int32)
    images = PreparedImages.of(
        [
            Prepared(tiles[:1], one, (1, 1)),
            Prepared(tiles[1:6], np.array(corners, np.int32), (2, 2)),
            Prepared(tiles[6:], one, (1, 1)),
        ]
    )
    places = np.array([0] * 9 + [1] * 9 + [2, 0, 1])
    kinds = [("a ?", YES_NO), ("how many ships ?", Count(99)), ("how ?", FreeText()), ("no ships ? a ?", YES_NO)]
    if kind == "small":
        kinds[3] = ("the boxes of ships ?", Boxes(1))
    questions, spaces = zip(*(kinds[number % 4] for number in range(len(places))), strict=True)
    encoded, whole = [], model.gpt.visual.forward_intermediates

    def counted(pixels, **how):
        encoded.append(len(pixels))
        return whole(pixels, **how)

    model.gpt.visual.forward_intermediates = counted
    together = model.answer(ChosenImages(images, places), questions, Decoding(6), spaces)
    assert sum(encoded) == 7, "each tile goes through the tower once"
    for row, place in enumerate(places):
        given = (images.batch([place]), questions[row : row + 1], Decoding(6), spaces[row : row + 1])
        assert told(together)[row] == told(model.answer(*given))[0]


def test_what_questions_share_goes_through_the_decoder_once(llama, tmp_path):
    """Regression: what a template puts before every image was computed for each image, and an image and the one
    question about it in two passes over the weights."""
    model = with_language(micro_model(tmp_path), TransformersLanguage(model=llama))
    decoder, passes = model.gpt.text_decoder, []
    whole = decoder.logits

    def counted(vectors, *given):
        passes.append(tuple(vectors.shape[:2]))
        return whole(vectors, *given)

    decoder.logits = counted
    head, image = len(model.script.head), model.tokens_a_tile
    assert head
    (asked,) = map(len, model.script.asked(["a ?"]))
    three = ChosenImages(pictures(), np.array([0, 1, 1]))
    together = model.answer(three, ["a ?", "a ?", "no ?"], Decoding(4), [YES_NO] * 3)
    assert passes[:3] == [(1, head), (2, image), (3, asked)]
    passes.clear()
    alone = model.answer(three.batch([2]), ["no ?"], Decoding(4), [YES_NO])
    assert passes[0] == (1, head + image + asked)
    assert told(together)[2] == told(alone)[0]
    passes.clear()
    model.answer(pictures(), ["a ?", "no ?"], Decoding(4), [YES_NO] * 2)
    assert passes[:2] == [(1, head), (2, image + asked)]


def test_a_tower_is_not_pooled_for_its_spatial_tokens():
    """Regression: the packaged tower pools by attention, which took as long as all of its convolutions."""
    network = load_model("packaged:sarvl-mobile").network.eval()
    images = torch.from_numpy(np.random.default_rng(0).random((2, 3, 128, 128), np.float32))
    pooled = []
    network.visual.head.register_forward_hook(lambda *_: pooled.append(1))
    with torch.inference_mode():
        tokens = spatial_tokens(network, images)
        assert not pooled
        torch.testing.assert_close(tokens, features_and_tokens(network, images)[1], rtol=0, atol=0)
    assert pooled


def test_answers_keep_to_what_they_may_be(model, llama, tmp_path):
    for answerer in (model, with_language(micro_model(tmp_path), TransformersLanguage(model=llama))):
        assert isinstance(answerer, Answerer | Captioner)
        (said,) = answerer.answer(pictures(1), ["a ?"], Decoding(8), [YES_NO])
        assert said.text in ("yes", "no")
        assert 0 < said.probability <= 1
    count, boxes = model.answer(pictures(), ["how many?"] * 2, Decoding(40), [Count(99), Boxes(1)])
    assert count.text.isdigit()
    (box,) = boxes.boxes
    assert 0 <= box[0] < box[2] <= 32
    assert len(model.caption(pictures(2), Decoding(6))) == 2


def test_boxes_are_written_in_hundredths_of_the_image(model):
    images = PreparedImages.of(
        [Prepared(np.zeros((1, 1, 32, 32), np.uint8), np.array([[0, 0, 200, 50]], np.int32), (1, 1))]
    )
    pairs = [[("What is at [20, 10, 40, 5]? Answer with its box [x, y, width, height].", "[100, 25, 50, 25]")]]
    inputs = inputs_of(model, images, pairs)
    said = model.script.words(inputs["tokens"][0].tolist())
    assert "at [10, 20, 30, 30]?" in said
    assert "box [x1, y1, x2, y2]." in said
    assert said.endswith("[50, 50, 75, 100]")
