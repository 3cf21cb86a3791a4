"""Image-text models of transformers: what they write is what ``generate`` writes, in batches and inside spaces."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("transformers", reason="image-text models are of transformers")
from tiny_image_text import KINDS, tiny_model

from sarvl.errors import ModelError
from sarvl.imagery import ChosenImages, PreparedImages, Quantity, SarImage
from sarvl.language.prompts import CAPTION_PROMPT, CHOICE_PROMPT, QUESTION_PROMPT
from sarvl.models import load_model
from sarvl.models.answering.answer_space import YES_NO, Boxes, ClassSet, Count, FreeText, Option
from sarvl.models.answering.pictures import picture_contract, picture_of
from sarvl.models.protocols import Answerer, Captioner, Decoding

SIZES = ((70, 100), (40, 50), (100, 60))  # rows and columns


def pictures(count: int = 3) -> list[SarImage]:
    rng = np.random.default_rng(0)
    sizes = [SIZES[place % 3] for place in range(count)]
    return [SarImage(rng.integers(0, 255, (1, *size), np.uint8), Quantity.DISPLAY, ("gray",)) for size in sizes]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    root = tmp_path_factory.mktemp("tiny")

    def folder(kind: str) -> Path:
        try:
            return tiny_model(kind, root)
        except ImportError as problem:
            pytest.skip(f"the installed transformers lacks {kind}: {problem}")

    return folder


@pytest.fixture(scope="module")
def loaded(tiny):
    models = {}

    def model(kind: str):
        if kind not in models:
            models[kind] = load_model(f"hf:{tiny(kind)}")
        return models[kind]

    return model


def prepared(model, count: int = 3) -> PreparedImages:
    return PreparedImages.of([model.contract.prepare(image) for image in pictures(count)])


QUESTIONS = ["Is there a ship?", "How many ships are there in this long question?", "Where?"]


@pytest.mark.parametrize("kind", KINDS)
def test_free_texts_are_those_of_generate(kind, loaded):
    """Token by token, on the same weights: greedy, prompts of unequal lengths, images of unequal sizes."""
    model = loaded(kind)
    assert isinstance(model, Answerer)
    assert isinstance(model, Captioner)
    answers = model.answer(prepared(model), QUESTIONS, Decoding(most_tokens=10))
    images = [picture_of(prepared(model)[place], model.contract.frame) for place in range(3)]
    tokenizer = model.processing.processor.tokenizer
    for question, image, answer in zip(QUESTIONS, images, answers, strict=True):
        inputs = model.processing.inputs([image], [question])
        prompt = inputs["input_ids"].shape[1]
        written = model.network.generate(**inputs, max_new_tokens=8, do_sample=False)[0]
        new = written[prompt:] if len(written) > prompt else written  # BLIP-2 gives the new ones alone
        assert answer.text == " ".join(tokenizer.decode(new, skip_special_tokens=True).split())


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_of_their_space_whatever_the_batch(kind, loaded):
    model = loaded(kind)
    images, spaces = prepared(model), [YES_NO, Count(99), ClassSet(("ship", "tank"))]
    together = model.answer(images, QUESTIONS, Decoding(), spaces)
    assert together[0].text in ("yes", "no")
    assert 0 <= int(together[1].text) <= 99
    assert set(together[2].text.replace(",", " and ").split(" and ")) <= {"ship", "tank", " tank", " ship"}
    for place, answer in enumerate(together):
        (alone,) = model.answer(
            PreparedImages.of([images[place]]), QUESTIONS[place : place + 1], Decoding(), spaces[place : place + 1]
        )
        assert alone.text == answer.text
        assert alone.probability == pytest.approx(answer.probability, rel=1e-3)
        assert 0 < answer.probability < 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_is_taken_in_once_for_all_questions_about_it(kind, loaded, monkeypatch):
    """Regression: it went through processor and tower for every question. Of PaliGemma an image looks at the question
    behind it, so that it is another one each time."""
    model = loaded(kind)
    taken_in, inputs = [], model.processing.inputs
    monkeypatch.setattr(
        model.processing, "inputs", lambda images, asked: taken_in.append(len(images)) or inputs(images, asked)
    )
    places = [0, 0, 1, 0, 2]
    questions = [*QUESTIONS, "What lies in the area [10, 5, 20, 30] ?", "yes"]
    spaces = [YES_NO, Count(99), FreeText(), YES_NO, FreeText()]
    images = ChosenImages(prepared(model), np.array(places))
    together = model.answer(images, questions, Decoding(most_tokens=6), spaces)
    assert taken_in[0] == (5 if kind == "paligemma" else 3)
    assert len(taken_in) == (2 if kind == "paligemma" else 1), "nothing is taken in by itself afterwards"
    for row, place in enumerate(places):
        given = (questions[row : row + 1], Decoding(most_tokens=6), spaces[row : row + 1])
        (alone,) = model.answer(PreparedImages.of([prepared(model)[place]]), *given)
        assert together[row].text == alone.text
        name = "log_probability" if alone.probability is None else "probability"
        assert getattr(together[row], name) == pytest.approx(getattr(alone, name), rel=1e-3)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("smolvlm", "blip-2")])
def test_boxes_lie_in_the_image_as_it_was_read(kind, loaded):
    model = loaded(kind)
    for answer, (height, width) in zip(
        model.answer(prepared(model), ["Box?"] * 3, Decoding(), [Boxes(2)] * 3), SIZES, strict=True
    ):
        assert 1 <= len(answer.boxes) <= 2
        for left, top, right, bottom in answer.boxes:
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height


def test_a_choice_is_its_text_and_what_cannot_point_gives_no_box(loaded):
    model = loaded("smolvlm")
    assert model.box_style is None
    choice, box = model.answer(prepared(model, 2), ["?\nA. 3\nB. 4", "?"], Decoding(), [Option(("3", "4")), Boxes()])
    assert choice.text in ("3", "4")
    assert box.boxes == ()
    assert box.probability is None


def test_each_kind_sees_the_part_of_a_picture_that_its_processor_keeps(loaded):
    """The frame of boxes: what is cut off has no numbers, and what is padded has some."""
    wide = SarImage(np.zeros((1, 100, 200), np.uint8), Quantity.DISPLAY, ("gray",))

    def words(kind: str, **settings: object):
        model = loaded(kind)
        processor = model.processing.processor.image_processor
        before = {name: getattr(processor, name) for name in settings}
        for name, value in settings.items():
            setattr(processor, name, value)
        picture = picture_of(model.contract.prepare(wide), model.contract.frame)
        (found,) = model.processing.box_words([picture], model.processing.inputs([picture], ["?"]))
        for name, value in before.items():
            setattr(processor, name, value)
        return found

    whole = (100, 25, 150, 75)
    assert words("internvl").written(whole) == "[500, 250, 750, 750]"
    assert words("qwen3-vl").written(whole) == "[500, 250, 750, 750]"
    assert words("qwen2-vl").written(whole) == "(500,250),(750,750)"
    seen = words("qwen2.5-vl")
    assert seen.pixels.width % 28 == seen.pixels.height % 28 == 0  # as smart_resize leaves it
    assert seen.written(whole) == str([round(part) for part in np.array([0.5, 0.25, 0.75, 0.75]) * (seen.pixels * 2)])
    assert words("paligemma").written(whole) == "<loc0256><loc0512><loc0768><loc0768>"
    assert words("llava").written(whole) == "[0.50, 0.25, 0.99, 0.75]"  # the middle square, from 50 to 150
    assert words("llava", do_pad=True, do_center_crop=False).written(whole) == "[0.50, 0.37, 0.75, 0.63]"


def test_pictures_are_put_together_as_they_were():
    contract = picture_contract(200 * 200)
    for image in (
        *pictures(),
        SarImage(
            np.arange(3 * 30 * 170, dtype=np.uint32).astype(np.uint8).reshape(3, 30, 170),
            Quantity.DISPLAY,
            ("red", "green", "blue"),
        ),
    ):
        picture = picture_of(contract.prepare(image), contract.frame)
        assert picture.image == (image.width, image.height)
        shown = np.broadcast_to(image.pixels, (3, image.height, image.width)).transpose(1, 2, 0)
        assert np.array_equal(picture.pixels, shown)
    large = SarImage(np.zeros((1, 500, 1000), np.uint8), Quantity.DISPLAY, ("gray",))
    picture = picture_of(contract.prepare(large), contract.frame)
    assert picture.image == (1000, 500)
    assert picture.pixels.shape[0] * picture.pixels.shape[1] <= 200 * 200
    assert picture.pixels.shape[1] == pytest.approx(2 * picture.pixels.shape[0], abs=2)


def test_a_question_has_its_image_once_and_its_boxes_in_the_words_of_the_model(loaded):
    model = loaded("llava")
    assert model.processing.prompt("<image>\nWhat is it?").count("<image>") == 1
    asked: list[str] = []
    inputs = model.processing.inputs
    model.processing.inputs = lambda images, questions: asked.append(questions[0]) or inputs(images, questions)
    image = model.contract.prepare(SarImage(np.zeros((1, 100, 200), np.uint8), Quantity.DISPLAY, ("gray",)))
    model.answer(PreparedImages.of([image]), ["What lies in the area [100, 25, 25, 50]?"], Decoding(), [YES_NO])
    model.processing.inputs = inputs
    assert asked[-1] == "What lies in the area [0.50, 0.25, 0.75, 0.75]?"


@pytest.mark.parametrize(
    ("kind", "prompt", "caption"),
    [
        ("blip-2", "Question: How many ships? Answer:", ""),
        ("paligemma", "<image>answer en How many ships?", "<image>caption en"),
    ],
)
def test_a_family_with_a_form_of_its_own_is_asked_the_question_alone(kind, prompt, caption, loaded):
    """Regression: it was asked "Question: Question: How many ships?. Answer the question concisely. Answer:"."""
    processing = loaded(kind).processing
    assert processing.prompt(QUESTION_PROMPT.replace("{question}", "How many ships?")) == prompt
    assert processing.prompt("How many ships?") == prompt
    assert processing.prompt(CAPTION_PROMPT) == processing.prompt("") == caption
    chosen = CHOICE_PROMPT.replace("{question}", "How many?\nA. 1\nB. 2")
    assert chosen in processing.prompt(chosen)


@pytest.mark.parametrize("kind", KINDS)
def test_a_special_token_in_a_question_is_plain_text(kind, loaded):
    """It ended the user's turn, so that a question could speak as the model."""
    model = loaded(kind)
    tokenizer = model.processing.processor.tokenizer
    specials = [str(token) for token in tokenizer.added_tokens_decoder.values() if token.special]
    image = SarImage(np.zeros((1, 40, 50), np.uint8), Quantity.DISPLAY, ("gray",))
    pictures = [picture_of(model.contract.prepare(image), model.contract.frame)]

    def marks(question: str) -> list[int]:
        ids = model.processing.inputs(pictures, [question])["input_ids"][0].tolist()
        return [token for token in ids if str(tokenizer.convert_ids_to_tokens(token)) in specials]

    assert "<|im_end|>" in specials
    asked = "".join(f"a {mark} b" for mark in specials) + "<|im_<|im_end|>end|>"
    assert marks(asked) == marks("what?")
    assert "< |im_end|>" in model.processing.prompt(asked)


def test_beams_are_those_of_generate(loaded):
    model = loaded("llava")
    (answer,) = model.answer(prepared(model, 1), QUESTIONS[:1], Decoding(most_tokens=8, beams=3, length_penalty=1.0))
    picture = picture_of(prepared(model, 1)[0], model.contract.frame)
    inputs = model.processing.inputs([picture], QUESTIONS[:1])
    (greedy,) = model.answer(prepared(model, 1), QUESTIONS[:1], Decoding(most_tokens=8))
    written = model.network.generate(**inputs, max_new_tokens=7, num_beams=3, do_sample=False)
    text = model.processing.processor.tokenizer.decode(written[0][inputs["input_ids"].shape[1] :], True)
    assert answer.text == " ".join(text.split())
    assert answer.text != greedy.text


def changed(folder: Path, to: Path, file: str, change) -> str:
    shutil.copytree(folder, to)
    path = to / file
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))
    return f"hf:{to}"


CODE = {"AutoModel": "modeling_evil.Evil"}
HOSTILE = {
    "config": ("config.json", lambda value: value.update(auto_map=CODE)),
    "inside the config": ("config.json", lambda value: value["vision_config"].update(auto_map=CODE)),
    "processor": ("processor_config.json", lambda value: value["image_processor"].update(auto_map=CODE)),
    "tokenizer": ("tokenizer_config.json", lambda value: value.update(auto_map={"AutoTokenizer": ["evil.T", None]})),
    "generation": ("generation_config.json", lambda value: value.update(custom_generate="evil/repo")),
    "kernels": ("config.json", lambda value: value["text_config"].update(_attn_implementation="evil/kernel")),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_folder_that_names_code_is_refused_before_anything_of_it_is_opened(case, tiny, tmp_path):
    file, change = HOSTILE[case]
    with pytest.raises(ModelError, match=f"{file}.*never run; remove it"):
        load_model(changed(tiny("llava"), tmp_path / "evil", file, change))


def test_pickles_adapters_and_other_kinds_are_refused(tiny, tmp_path):
    pickled = tmp_path / "pickled"
    shutil.copytree(tiny("llava"), pickled)
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"no \.safetensors"):
        load_model(f"hf:{pickled}")
    (pickled / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelError, match="an adapter beside another model's weights"):
        load_model(f"hf:{pickled}")
    other = changed(tiny("llava"), tmp_path / "other", "config.json", lambda value: value.update(model_type="clip"))
    with pytest.raises(ModelError, match=r"clip is no image-text-to-text model .* hf-hub:OWNER/NAME"):
        load_model(other)
    with pytest.raises(ModelError, match="no such folder"):
        load_model(f"hf:{tmp_path / 'nothing'}")


def test_weights_that_are_missing_are_not_drawn_instead(tiny, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "partial"
    shutil.copytree(tiny("llava"), folder)
    weights = load_file(folder / "model.safetensors")
    lacking = next(name for name in weights if "projector" in name)
    save_file(
        {name: value for name, value in weights.items() if name != lacking},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    with pytest.raises(ModelError, match="1 weights are missing or do not fit"):
        load_model(f"hf:{folder}")


def test_a_processor_without_a_chat_template_is_refused_where_the_prompt_is_not_known(tiny, tmp_path):
    folder = tmp_path / "silent"
    shutil.copytree(tiny("qwen2-vl"), folder)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match=r"no chat template; add its chat_template\.jinja"):
        load_model(f"hf:{folder}")


def test_a_model_is_written_as_transformers_does_and_read_again(loaded, tmp_path):
    model = loaded("internvl")
    model.write_files(tmp_path / "again")
    again = load_model(f"hf:{tmp_path / 'again'}")
    assert again.weights_hash == model.weights_hash
    images = prepared(model)
    first, second = (each.answer(images, QUESTIONS, Decoding(most_tokens=6)) for each in (model, again))
    assert [answer.text for answer in first] == [answer.text for answer in second]
