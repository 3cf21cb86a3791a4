"""A CLIP with our decoder: as a CLIP what it was, as a captioner what its files say."""

import json
import shutil

import open_clip
import pytest
import torch
from micro import MICRO_CONFIG, micro_model, squares

from sarvl.errors import ModelError
from sarvl.models import Clip, convert, create_model, load_model, save_model
from sarvl.models.clips.caption_decoder import DecoderShape
from sarvl.models.clips.clip_with_decoder import ClipWithDecoder, with_fresh_decoder
from sarvl.models.decoding import CachedDecoder
from sarvl.models.protocols import Captioner, CaptionLearner, Decoding, Trainable, TwoTowers, VocabularyLearner
from sarvl.models.vocabulary import learnt_vocabulary

SMALL = DecoderShape(width=32, heads=2, layers=2, context=40)
TEXTS = [
    f"{count} {name}s in the {place}." for count in (2, 3) for name in ("ship", "tank") for place in ("north", "south")
]


def pixels(count: int = 3, side: int = 32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 255, (count, 1, side, side), dtype=torch.uint8, generator=generator)


def captioner(folder) -> ClipWithDecoder:
    model = with_fresh_decoder(micro_model(folder), SMALL)
    model.take_vocabulary(learnt_vocabulary(TEXTS))
    return model


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A model with a decoder, and the folder that it was saved in."""
    folder = tmp_path_factory.mktemp("captioner")
    model = captioner(folder)
    save_model(model, folder / "model", {}, "none")
    return model, folder / "model"


@pytest.fixture
def copied(saved, tmp_path):
    return shutil.copytree(saved[1], tmp_path / "copied")


def refused(folder) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_as_a_clip_it_gives_what_it_gave_before(tmp_path):
    clip = micro_model(tmp_path)
    images, texts = clip.encode_images(squares(pixels().numpy())), clip.encode_texts(TEXTS)
    model = with_fresh_decoder(clip, SMALL)
    assert (model.encode_images(squares(pixels().numpy())) == images).all()
    assert (model.encode_texts(TEXTS) == texts).all()


VIT = MICRO_CONFIG | {"vision_cfg": {"image_size": 32, "layers": 2, "width": 16, "head_width": 8, "patch_size": 8}}


@pytest.mark.parametrize("is_training", [False, True])
@pytest.mark.parametrize("config", [MICRO_CONFIG, VIT, "sarvl-mobile"])
def test_features_beside_logits_are_those_of_the_towers(tmp_path, config, is_training):
    """With batch normalisation in training too, whose statistics move once and not twice."""
    name = config
    if not isinstance(config, str):
        name = f"sarvl-decoded-{id(config)}"
        (tmp_path / f"{name}.json").write_text(json.dumps(config))
        open_clip.add_model_config(tmp_path / f"{name}.json")
    torch.manual_seed(0)
    model = with_fresh_decoder(create_model(name), SMALL)
    tokens = model.tokenizer(TEXTS[:3])
    shown = pixels(side=model.square.size)
    start = {key: value.clone() for key, value in model.network.state_dict().items()}

    def once(function):
        model.network.load_state_dict(start)
        model.network.train(is_training)
        with torch.no_grad():
            result = function()
        return result, {key: value.clone() for key, value in model.network.state_dict().items()}

    is_text = torch.arange(9) < torch.tensor([9, 4, 6])[:, None]
    (images, texts, logits), after = once(lambda: model.features_and_logits(shown, tokens, is_text))
    (expected, expected_texts), expected_after = once(
        lambda: (model.image_features(shown), model.text_features(model.without_padding(tokens)))
    )
    assert logits.shape == (19, model.vocabulary.size)
    torch.testing.assert_close(images, expected, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(texts, expected_texts, atol=1e-6, rtol=1e-5)
    assert all(torch.equal(after[key], expected_after[key]) for key in after)


def test_each_step_gives_the_logits_of_the_whole_prefix(saved):
    model, _ = saved
    looked_at = model.image_tokens(pixels())
    tokens = torch.randint(0, model.vocabulary.size, (3, 12), generator=torch.Generator().manual_seed(1))
    tokens[:, 0] = model.vocabulary.start
    with torch.inference_mode():
        decoder = CachedDecoder(model.writer, looked_at, 1, 12)
        steps = torch.stack([decoder.step(column) for column in tokens.T], dim=1)
        torch.testing.assert_close(steps, model.decoder(looked_at, tokens), atol=2e-4, rtol=1e-4)


def test_a_folder_gives_the_captioner_back_whole(saved):
    model, folder = saved
    loaded = load_model(folder)
    for ability in (TwoTowers, Trainable, Captioner, CaptionLearner, VocabularyLearner):
        assert isinstance(loaded, ability), ability
    assert json.loads((folder / "sarvl.json").read_text())["kind"] == "clip_with_decoder"
    assert loaded.weights_hash == model.weights_hash
    assert loaded.vocabulary.text() == model.vocabulary.text() == (folder / "decoder_tokenizer.json").read_text()
    images = squares(pixels(20).numpy())
    for how in (Decoding(20), Decoding(20, beams=6, groups=3), Decoding(20, temperature=1.0, top_p=0.9)):
        assert loaded.caption(images, how) == model.caption(images, how)


def test_what_is_drawn_of_an_image_does_not_depend_on_its_place(saved):
    """Regression: a killed run went on to other texts than an unbroken one, and so did one of other batches."""
    model, _ = saved
    images, how = squares(pixels(20).numpy()), Decoding(20, temperature=1.0, top_p=0.9)
    together = model.caption(images, how)
    assert [model.caption(images.batch([row]), how)[0].text for row in (3, 17)] == [together[3].text, together[17].text]
    assert len({text.text for text in together}) > 1


def test_open_clip_opens_the_clip_in_it(saved):
    model, folder = saved
    network, _, _ = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    state = model.network.state_dict()
    assert {name for name in state if not name.startswith("text_decoder.")} == network.state_dict().keys()
    for name, weights in network.state_dict().items():
        torch.testing.assert_close(weights, state[name], rtol=0, atol=0)


def test_a_copy_of_it_captions_as_it_does(saved, tmp_path):
    model, folder = saved
    copy = convert(folder, tmp_path / "copy")
    assert load_model(tmp_path / "copy").weights_hash == copy.weights_hash == model.weights_hash


def test_the_hash_of_the_weights_covers_the_decoder(copied, saved):
    model, _ = saved
    before = model.weights_hash
    with torch.no_grad():
        model.decoder.positions.add_(1)
        assert model.weights_hash != before
        save_model(model, copied.parent / "other", {}, "none")
        model.decoder.positions.sub_(1)
    shutil.copy(copied.parent / "other" / "decoder_model.safetensors", copied)
    assert "weights_hash differs" in refused(copied)


def test_the_vocabulary_of_another_model_is_refused(copied):
    (copied / "decoder_tokenizer.json").write_text(learnt_vocabulary(["ship", "ship"]).text())
    assert "not the vocabulary that the decoder was trained with" in refused(copied)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"width": 64}, "weights do not fit"),
        ({"layers": 3}, "weights do not fit: .* is missing"),
        ({"heads": 5}, "cannot be opened"),
        ({"width": 10**6}, "width"),
        ({"depth": 3}, "depth: no such field"),
    ],
)
def test_other_settings_are_one_line(copied, change, reason):
    path = copied / "decoder_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match=reason):
        load_model(copied)


@pytest.mark.parametrize("name", ["decoder_config.json", "decoder_tokenizer.json", "decoder_model.safetensors"])
def test_a_missing_file_is_one_line(copied, name):
    (copied / name).unlink()
    assert name in refused(copied)


def test_a_kind_that_nobody_knows_is_one_line(copied):
    path = copied / "sarvl.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"kind": "clip_with_decoders"}))
    assert "did you mean clip_with_decoder?" in refused(copied)


def test_a_text_is_left_out_for_either_half_and_read_for_the_first_alone(saved):
    model, _ = saved
    texts = ["A ship.", "é" * 25, "ship " * 90]  # the second has 25 tokens of the tower, and 50 of the decoder
    assert model.too_long(texts, model.tokenizer(texts)) == [1, 2]
    assert model.encode_texts(texts[:2]).shape == (2, 16)
    with pytest.raises(ModelError, match="more than 77 tokens"):
        model.encode_texts(texts)


def test_what_has_a_decoder_gets_no_second_one(saved):
    with pytest.raises(ModelError, match="has a decoder of captions already"):
        with_fresh_decoder(saved[0])


def test_sarvl_mobile_coca_is_sarvl_mobile_with_a_decoder():
    torch.manual_seed(0)
    mobile = create_model("sarvl-mobile")
    torch.manual_seed(0)
    model = create_model("sarvl-mobile-coca")
    assert isinstance(model, ClipWithDecoder)
    assert (model.name, type(mobile)) == ("sarvl-mobile-coca", Clip)
    clip = model.clip_weights()
    assert all(torch.equal(weights, clip[name]) for name, weights in mobile.network.state_dict().items())
    assert model.contract == mobile.contract
    assert sum(parameter.numel() for parameter in model.decoder.parameters()) < 7_500_000
    assert torch.isfinite(torch.cat([value.flatten() for value in model.decoder.state_dict().values()])).all()
