"""AnyReader: exactly the CLIP where there is nothing to read, and what its readers make of tiles."""

from dataclasses import replace
from inspect import signature

import numpy as np
import open_clip
import pytest
import torch
from micro import micro_model
from torch.nn import functional
from typer.testing import CliRunner

from sarvl import cli
from sarvl.errors import ModelError
from sarvl.imagery import InputContract, PreparedImages, Quantity, SarImage, Square, Tiled
from sarvl.models import Clip, load_model, save_model, with_fresh_decoder
from sarvl.models.clips.any_reader import CONFIG, WEIGHTS, AnyReader
from sarvl.models.clips.flexible_clip import FlexibleClip
from sarvl.models.clips.model_input import with_frame
from sarvl.models.clips.reader_options import AttentionReader, MeanReader
from sarvl.models.clips.siglip import SigLip, with_bias
from sarvl.models.clips.tile_readers import place_codes
from sarvl.models.networks.image_inputs import NAMES
from sarvl.models.protocols import Captioner, SigmoidTowers, TileEmbedder, Trainable, TwoTowers, able

SIZES = [(32, 32), (70, 40), (20, 90), (30, 31), (32, 33)]  # height, width
FRAME = Tiled(tile=32, most_tiles=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("model")


@pytest.fixture
def clip(folder):
    return micro_model(folder)


@pytest.fixture
def reader(folder):
    return with_frame(micro_model(folder), FRAME, AttentionReader(heads=4))


def prepared(contract: InputContract, sizes=SIZES) -> PreparedImages:
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (1, *size)).astype(np.uint8) for size in sizes]
    return PreparedImages.of([contract.prepare(SarImage(image, Quantity.DISPLAY, ("gray",))) for image in images])


def trained(model: AnyReader) -> AnyReader:
    """Open the gate, as training would."""
    torch.manual_seed(1)
    with torch.no_grad():
        model.reader_module.gate.normal_()
    return model


@torch.inference_mode()
def features(model: Clip, images: PreparedImages) -> np.ndarray:
    return model.image_features(**model.image_inputs(images)).numpy()


def of_thumbnails(clip: Clip, images: PreparedImages) -> np.ndarray:
    """Return what the CLIP makes of the thumbnails, in a batch as large: rounding depends on that."""
    return features(clip, images)[images.starts[:-1]]


def test_untrained_it_is_the_clip_on_the_thumbnail(clip, reader):
    images = prepared(reader.contract)
    np.testing.assert_array_equal(features(reader, images), of_thumbnails(clip, images))
    alone = clip.encode_images(prepared(clip.contract))
    np.testing.assert_allclose(reader.encode_images(images), alone, atol=1e-6)


def test_trained_it_is_the_clip_where_the_image_is_a_tile(clip, reader):
    images = prepared(reader.contract)
    is_tile = np.diff(images.starts) == 1
    assert is_tile.tolist() == [True, False, False, True, False]
    before, after = of_thumbnails(clip, images), features(trained(reader), images)
    np.testing.assert_array_equal(after[is_tile], before[is_tile])
    assert (np.abs(after - before)[~is_tile].max(axis=1) > 1e-3).all()


@pytest.mark.parametrize("options", [AttentionReader(heads=4), MeanReader()])
def test_features_do_not_depend_on_what_else_is_in_the_batch(clip, options):
    reader = with_frame(clip, FRAME, options)
    if isinstance(options, AttentionReader):
        trained(reader)
    images = prepared(reader.contract)
    whole = reader.encode_images(images)
    alone = np.concatenate([reader.encode_images(images.batch([row])) for row in range(len(images))])
    np.testing.assert_allclose(alone, whole, atol=1e-6)
    np.testing.assert_allclose(reader.encode_images(images, batch_size=14), whole, atol=1e-6)


def test_no_tile_is_encoded_but_those_that_there_are_and_all_in_one_call(reader):
    images = prepared(reader.contract)
    seen = []
    handle = reader.network.visual.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    reader.image_features(**reader.image_inputs(images))
    handle.remove()
    tiles = [FRAME.layout(width, height).tiles for height, width in SIZES]
    assert tiles == [1, 7, 4, 1, 3]
    assert seen == [sum(tiles)]


@pytest.mark.parametrize(("batch_size", "expected"), [(8, [8, 8]), (7, [1, 7, 5, 3]), (1, [1, 7, 4, 1, 3]), (99, [16])])
def test_a_batch_is_filled_by_the_tiles_that_there_are(reader, batch_size, expected):
    """Regression: every image counted as many as the contract allows, so that most batches held one image."""
    batches = list(reader.batches(prepared(reader.contract), batch_size))
    assert [len(batch.tiles) for batch in batches] == expected
    joined = np.concatenate([batch.tiles for batch in batches])
    np.testing.assert_array_equal(joined, prepared(reader.contract).tiles)


def test_the_features_of_tiles_are_those_that_the_clip_has_of_each(clip, reader):
    images = prepared(reader.contract)
    assert isinstance(reader, TileEmbedder)
    vectors = reader.encode_tiles(images)
    with torch.inference_mode():
        expected = clip.image_features(torch.from_numpy(images.tiles))
    assert vectors.shape == (len(images.tiles), 16)
    np.testing.assert_allclose(vectors, functional.normalize(expected, dim=1).numpy(), atol=1e-6)
    np.testing.assert_allclose(reader.encode_tiles(images, batch_size=1), vectors, atol=1e-6)


@pytest.mark.parametrize("weight", [0.0, 0.25, 1.0])
def test_the_mean_of_tiles_is_weighed_as_defined(clip, weight):
    reader = with_frame(clip, FRAME, MeanReader(thumbnail_weight=weight))
    images = prepared(reader.contract)
    vectors, whole = reader.encode_tiles(images), reader.encode_images(images)
    for row, (first, end) in enumerate(zip(images.starts, images.starts[1:], strict=False)):
        tiles = vectors[first + 1 : end].mean(axis=0) if end - first > 1 else vectors[first]
        expected = weight * vectors[first] + (1 - weight) * tiles
        np.testing.assert_allclose(whole[row], expected / np.linalg.norm(expected), atol=1e-6)


def test_attention_equals_its_definition_tile_by_tile(reader):
    trained(reader)
    module, images = reader.reader_module, prepared(reader.contract)
    with torch.inference_mode():
        read_features = features(reader, images)
        tower = reader.image_features(torch.from_numpy(images.tiles)).double()
        codes = place_codes(torch.from_numpy(images.places), 16)
        keys = module.norm((functional.normalize(tower, dim=1) * 4 + codes).float()).double().numpy()
    weights = {name: value.double().numpy() for name, value in module.state_dict().items()}
    query, key, value = (
        part @ matrix.T + bias
        for part, matrix, bias in zip(
            (weights["query"], keys, keys),
            np.split(weights["attention.in_proj_weight"], 3),
            np.split(weights["attention.in_proj_bias"], 3),
            strict=True,
        )
    )
    for row, (first, end) in enumerate(zip(images.starts, images.starts[1:], strict=False)):
        expected = tower[first].numpy()
        if end - first > 1:
            found = []
            for head in range(4):
                part = slice(4 * head, 4 * head + 4)
                scores = np.exp(key[first + 1 : end, part] @ query[part] / 2)
                found.append(scores @ value[first + 1 : end, part] / scores.sum())
            read = weights["attention.out_proj.weight"] @ np.concatenate(found) + weights["attention.out_proj.bias"]
            expected = expected + np.linalg.norm(expected) * weights["gate"] * read
        np.testing.assert_allclose(read_features[row], expected, atol=1e-5)


def test_a_place_is_told_by_its_code_and_every_code_is_of_the_width():
    places = torch.tensor([[0.25, 0.5, 0.5, 0.5], [0.75, 0.5, 0.5, 0.5], [0.25, 0.5, 0.5, 0.25]])
    for width in (16, 20, 512):
        codes = place_codes(places, width)
        assert codes.shape == (3, width)
        assert (torch.pdist(codes) > 0.5).all()


def test_a_batch_of_single_tiles_still_reaches_every_parameter_of_the_reader(reader):
    reader.image_features(**reader.image_inputs(prepared(reader.contract, [(32, 32), (32, 32)]))).sum().backward()
    gradients = [parameter.grad for parameter in reader.reader_module.parameters()]
    assert all(gradient is not None and not gradient.any() for gradient in gradients)


@pytest.mark.parametrize("options", [AttentionReader(heads=2), MeanReader(thumbnail_weight=0.3)])
def test_a_saved_reader_loads_as_it_was_and_its_clip_is_open_clips(clip, options, tmp_path):
    reader = with_frame(clip, Tiled(tile=32, most_tiles=4, overlap=3, thumbnail="pad"), options)
    if isinstance(options, AttentionReader):
        trained(reader)
    save_model(reader, tmp_path / "any", {}, "CC0")
    loaded = load_model(tmp_path / "any")
    assert isinstance(loaded, AnyReader)
    assert (loaded.reader, loaded.contract, loaded.name) == (options, reader.contract, reader.name)
    assert loaded.weights_hash == reader.weights_hash
    images = prepared(reader.contract)
    np.testing.assert_array_equal(loaded.encode_images(images), reader.encode_images(images))
    network, _ = open_clip.create_model_from_pretrained(f"local-dir:{tmp_path / 'any'}")
    with torch.inference_mode():
        expected = network.eval().encode_image(loaded.normalise(torch.from_numpy(images.tiles)))
    np.testing.assert_allclose(loaded.encode_tiles(images), functional.normalize(expected, dim=1), atol=1e-6)


def damage_width(folder, saved):
    other = with_frame(load_model(saved).clip(), FRAME, AttentionReader(heads=4))
    other.reader_module.query = torch.nn.Parameter(torch.zeros(3))
    other.write_files(folder)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder, _: (folder / WEIGHTS).unlink(), "No such file"),
        (lambda folder, _: (folder / WEIGHTS).write_bytes(b"no"), WEIGHTS),
        (lambda folder, _: (folder / CONFIG).write_text('{"format_version": 1, "reader": {"kind": "x"}}'), "reader"),
        (damage_width, r"query is \(3,\) instead of \(16,\)"),
    ],
)
def test_a_damaged_reader_is_one_line(reader, tmp_path, damage, reason):
    save_model(reader, tmp_path / "any", {}, "CC0")
    damage(tmp_path / "any", tmp_path / "any")
    with pytest.raises(ModelError, match=reason) as caught:
        load_model(tmp_path / "any")
    assert "\n" not in str(caught.value)


def test_what_a_reader_cannot_be_is_one_line(clip, reader):
    with pytest.raises(ModelError, match="an AnyReader takes tiles with a thumbnail"):
        with_frame(clip, Tiled(tile=32, most_tiles=4, thumbnail=None), AttentionReader(heads=4))
    with pytest.raises(ModelError, match="16 values cannot be parted into 5 heads"):
        with_frame(reader.clip(), FRAME, AttentionReader(heads=5))
    with pytest.raises(ModelError, match="a reader reads tiles, not square"):
        with_frame(clip, Square(size=32), MeanReader())
    with pytest.raises(ModelError, match="takes tiles with a thumbnail"):
        replace(reader, contract=clip.contract)
    with pytest.raises(ModelError, match="what writes captions reads no tiles; give a `frame` of kind square"):
        with_frame(with_fresh_decoder(clip), FRAME)


def test_a_siglip_keeps_its_bias_and_is_one_again(clip, tmp_path):
    reader = with_frame(with_bias(clip, -7.0), FRAME)
    assert isinstance(reader, AnyReader) and isinstance(reader, SigmoidTowers)
    save_model(reader, tmp_path / "any", {}, "CC0")
    loaded = load_model(tmp_path / "any")
    assert isinstance(loaded, AnyReader) and isinstance(loaded, SigmoidTowers)
    assert (loaded.logit_bias, loaded.cosine_bias().item()) == (-7.0, -7.0)
    assert type(loaded.clip()) is SigLip


def test_another_frame_keeps_the_reader_and_another_reader_the_clip(clip, reader):
    weights = trained(reader).reader_module.state_dict()
    more = with_frame(reader, Tiled(tile=32, most_tiles=12))
    assert more.contract.frame.most_tiles == 12
    larger = with_frame(more, Tiled(tile=64, most_tiles=2))
    assert all(torch.equal(weights[name], value) for name, value in larger.reader_module.state_dict().items())
    mean = with_frame(with_frame(larger, Tiled(tile=32, most_tiles=6)), None, MeanReader(thumbnail_weight=1))
    images = prepared(mean.contract)
    assert (mean.contract.frame.most_tiles, mean.reader.thumbnail_weight) == (6, 1)
    assert isinstance(mean, Trainable) and isinstance(mean, TwoTowers)
    assert type(with_frame(mean, Square(size=32))) is type(clip)
    assert images.tiles.shape[2:] == (32, 32)


def test_what_it_is_and_takes_is_told_as_it_is(reader, tmp_path):
    """It was called "a AnyReader", and convert told of squares."""
    with pytest.raises(ModelError, match="is an AnyReader, but narrate needs a Captioner"):
        able(reader, Captioner, "narrate", "any", ModelError)
    save_model(reader, tmp_path / "any", {}, "CC0")
    takes = "up to 6 tiles of 32 x 32 pixels, beside a thumbnail (squash), linear"
    assert f"It takes {takes}; bands" in (tmp_path / "any" / "README.md").read_text().replace("\\", "")
    result = CliRunner().invoke(cli.app, ["convert", str(tmp_path / "any"), "--out", str(tmp_path / "out")])
    assert f"images: {takes}" in result.output
    assert isinstance(load_model(tmp_path / "out"), AnyReader)


@pytest.mark.parametrize("tower", [Clip, AnyReader, FlexibleClip])
def test_all_image_towers_take_what_prepared_images_give(reader, tower):
    """Regression: the arguments of ``image_features`` stood in three classes, and their names once more."""
    assert signature(tower.image_features) == signature(TwoTowers.image_features)
    assert tuple(reader.image_inputs(prepared(reader.contract))) == NAMES
