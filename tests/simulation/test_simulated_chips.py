"""Chips hold what they say, where they say it, and look as the physics asks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarvl.errors import ImageError
from sarvl.imagery.sar_image import Quantity
from sarvl.simulation import DISPLAY_DB, LAND_COVERS, OBJECT_CLASSES, SEEN_FROM, SENSORS, simulate_chip
from sarvl.simulation.chip import scatterer_cells, sigma0_map
from sarvl.simulation.geometry import Viewing, along_outline, disc, rectangle, swept
from sarvl.simulation.layout import draw_layout
from sarvl.simulation.raster import Frame, fill, mask_of
from sarvl.simulation.request import Request
from sarvl.simulation.ship import build_ship
from sarvl.simulation.speckle import multilook_intensity


def layout_of(seed, cover, classes, size=256):
    rng = np.random.Generator(np.random.PCG64(seed))
    return rng, draw_layout(rng, Frame(size, 1.0), Request(cover, tuple(classes)), every_object=True)


def filled(polygons, origin, size=256):
    canvas = np.zeros((size, size), np.uint8)
    fill(canvas, polygons, 1, origin, 1.0)
    return canvas.astype(bool)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**63), size=st.sampled_from([64, 97, 256]), spacing_m=st.sampled_from([0.3, 1.0, 4.0]))
def test_boxes_are_the_extents_of_masks_that_lie_inside_and_apart(seed, size, spacing_m):
    chip = simulate_chip(seed, size=size, spacing_m=spacing_m)
    assert chip.image.pixels.shape == (1, size, size)
    assert chip.land_cover in LAND_COVERS
    assert len(chip.objects) <= 8
    total = np.zeros((size, size), int)
    for item in chip.objects:
        full = item.full_mask(size, size)
        rows, columns = np.flatnonzero(full.any(axis=1)), np.flatnonzero(full.any(axis=0))
        assert item.box == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        assert 0 <= item.box[0] < item.box[2] <= size
        assert 0 <= item.box[1] < item.box[3] <= size
        assert max(item.box[2] - item.box[0], item.box[3] - item.box[1]) >= 8
        assert item.class_name in OBJECT_CLASSES
        assert full.sum() == item.mask.sum()
        total += full
    assert total.max(initial=0) <= 1


def test_chips_vary_in_number_classes_and_cover():
    chips = [simulate_chip(seed, size=128) for seed in range(150)]
    assert {chip.land_cover for chip in chips} == set(LAND_COVERS)
    assert {item.class_name for chip in chips for item in chip.objects} == set(OBJECT_CLASSES)
    assert {len(chip.objects) for chip in chips} >= set(range(7))
    assert {len({item.class_name for item in chip.objects}) for chip in chips} == {0, 1, 2, 3}


@pytest.mark.parametrize("class_name", OBJECT_CLASSES)
def test_asked_objects_are_there_and_brighter_than_the_ground(class_name):
    for seed in range(6):
        chip = simulate_chip(seed, objects=(class_name,), quantity="amplitude")
        (item,) = chip.objects
        mask = item.full_mask(256, 256)
        intensity = chip.image.pixels[0] ** 2
        assert item.class_name == class_name
        assert intensity[mask].mean() > 2 * intensity[~mask].mean()


@pytest.mark.parametrize(("class_name", "cover"), [("tank", "grassland"), ("vehicle", "grassland")])
def test_shadow_lies_behind_and_is_darker_than_the_ground(class_name, cover):
    for seed in range(6):
        rng, layout = layout_of(seed, cover, [class_name])
        (placed,) = layout.placed
        intensity = multilook_intensity(rng, sigma0_map(rng, layout), SENSORS["MSTAR"], scatterer_cells(layout), 4)
        footprint = filled(placed.target.footprint, placed.origin)
        near = filled([swept(part, -6, 6) for part in placed.target.footprint], placed.origin)
        shadow = filled(placed.target.shadows, placed.origin) & ~footprint
        ground = ~near & ~filled(placed.target.shadows, placed.origin)
        assert np.median(intensity[shadow]) < 0.5 * np.median(intensity[ground])
        assert np.nonzero(shadow)[1].mean() > np.nonzero(footprint)[1].mean()


def test_ships_float_vehicles_stand_and_bridges_cross():
    for seed in range(8):
        _, layout = layout_of(seed, "bare soil", ["bridge", "ship", "vehicle"])
        for placed in layout.placed:
            wet = layout.water[filled(placed.target.footprint, placed.origin)]
            expected = {"ship": wet.all(), "vehicle": not wet.any(), "bridge": wet.any() and not wet.all()}
            assert expected[placed.target.class_name]


def test_harbors_lie_on_the_shore_and_aircraft_on_the_apron():
    for seed in range(8):
        _, port = layout_of(seed, "urban", ["harbor"])
        wet = port.water[filled(port.placed[0].target.footprint, port.placed[0].origin)]
        assert wet.any()
        assert not wet.all()
        _, airfield = layout_of(seed, "grassland", ["aircraft"])
        assert airfield.paved[filled(airfield.placed[0].target.footprint, airfield.placed[0].origin)].all()


def test_wake_is_dark_astern_and_ghosts_are_faint_and_unlabelled():
    viewing, rng = Viewing(45.0), np.random.default_rng(0)
    ship = build_ship(rng, 60.0, 0.0, viewing, under_way=True, ambiguity_offset_m=90.0)
    arms, turbulent = ship.gains[:2], ship.gains[2]
    assert turbulent.factor < 1 < min(arm.factor for arm in arms)
    assert turbulent.polygon[:, 0].max() == pytest.approx(-30.0)
    ghosts = ship.scatterers[np.abs(ship.scatterers[:, 1]) > 60]
    real = ship.scatterers[np.abs(ship.scatterers[:, 1]) <= 60]
    assert len(ghosts) == 2 * len(real)
    assert ghosts[:, 2].sum() == pytest.approx(2 * 0.01 * real[:, 2].sum(), rel=1e-6)
    assert all(np.abs(part[:, 1]).max() < 60 for part in ship.footprint)


def test_layover_leans_to_the_sensor_and_shadow_grows_with_incidence():
    assert Viewing(45.0).layover_m(10) == pytest.approx(10)
    assert Viewing(60.0).shadow_m(10) == pytest.approx(10 * np.sqrt(3))
    assert swept(rectangle(4, 2), -3, 0)[:, 0].min() == pytest.approx(-5)


def test_only_walls_towards_the_sensor_face_it():
    points, cosine = along_outline(rectangle(10, 6), 0.5)
    np.testing.assert_allclose(cosine, np.isclose(points[:, 0], -5), atol=1e-9)
    circle, cosine = along_outline(disc(10.0, 360), 0.5)
    np.testing.assert_allclose(cosine, np.clip(-circle[:, 0] / 10, 0, 1), atol=0.02)


def test_masks_are_the_pixels_whose_middle_is_inside():
    polygon = rectangle(21.3, 9.7)
    mask = mask_of([polygon], 1.0)
    rows, columns = np.mgrid[: mask.pixels.shape[0], : mask.pixels.shape[1]]
    inside = (np.abs(columns + mask.column + 0.5) < 10.65) & (np.abs(rows + mask.row + 0.5) < 4.85)
    # OpenCV also paints the pixels that the outline runs through.
    assert np.all(mask.pixels[inside] == 1)
    assert mask.pixels.sum() <= inside.sum() + 2 * sum(inside.shape)


@pytest.mark.parametrize(
    ("quantity", "dtype", "bands"),
    [
        ("display", np.uint8, ("gray",)),
        ("amplitude", np.float32, ("VV",)),
        ("intensity", np.float32, ("VV",)),
        ("decibel", np.float32, ("VV",)),
        ("complex", np.complex64, ("VV",)),
    ],
)
def test_quantity_is_declared_and_seeded(quantity, dtype, bands):
    chip, again = (simulate_chip(5, size=64, quantity=quantity) for _ in range(2))
    assert chip.image.quantity is Quantity(quantity)
    assert chip.image.pixels.dtype == dtype
    assert chip.image.bands == bands
    assert chip.image.spacing_m == (1.0, 1.0)
    assert chip.image.pixels.tobytes() == again.image.pixels.tobytes()
    assert chip.image.pixels.tobytes() != simulate_chip(6, size=64, quantity=quantity).image.pixels.tobytes()


def test_quantities_of_one_seed_show_the_same_scene():
    look = simulate_chip(9, quantity="complex")
    amplitude = simulate_chip(9, quantity="amplitude")
    np.testing.assert_allclose(np.abs(look.image.pixels), amplitude.image.pixels, rtol=1e-4, atol=1e-6)
    power = simulate_chip(9, quantity="intensity").image.pixels
    np.testing.assert_allclose(power, amplitude.image.pixels**2, rtol=1e-4)
    decibels = simulate_chip(9, quantity="decibel").image.pixels
    np.testing.assert_allclose(decibels, 10 * np.log10(np.maximum(power, 1e-9)), atol=1e-3)
    linear = 255 * amplitude.image.pixels / 10 ** (DISPLAY_DB[1] / 20)
    np.testing.assert_allclose(simulate_chip(9).image.pixels, np.clip(linear, 0, 255), atol=0.51)
    low, high = DISPLAY_DB
    in_decibels = np.clip((decibels - low) / (high - low) * 255, 0, 255)
    np.testing.assert_allclose(simulate_chip(9, curve="decibel").image.pixels, in_decibels, atol=0.51)
    assert [item.box for item in look.objects] == [item.box for item in amplitude.objects]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"seed": -1}, "seed -1"),
        ({"size": 16}, "size 16"),
        ({"spacing_m": 0.0}, "spacing_m"),
        ({"looks": 0}, "looks 0"),
        ({"looks": 4, "quantity": "complex"}, "one look"),
        ({"quantity": "power"}, "quantity 'power'"),
        ({"curve": "gamma"}, "curve 'gamma'"),
        ({"curve": "decibel", "quantity": "amplitude"}, "of display bytes"),
        ({"sensor": "ERS"}, "sensor 'ERS'"),
        ({"land_cover": "moon"}, "land_cover 'moon'"),
        ({"objects": ["dragon"]}, "object class 'dragon'"),
        ({"objects": ["tank"], "land_cover": "water"}, "cannot stand on water"),
        ({"objects": ["vehicle"], "spacing_m": 10.0}, "no vehicle is between"),
        ({"objects": ["ship"] * 40}, "at most 32"),
        ({"objects": ["harbor"] * 12}, "find no room"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(arguments, words):
    with pytest.raises(ImageError, match=words) as caught:
        simulate_chip(**{"seed": 0, **arguments})
    assert "\n" not in str(caught.value)


def test_the_sensor_and_its_side_are_drawn_and_told():
    chips = [simulate_chip(seed, size=64) for seed in range(60)]
    assert {chip.sensor for chip in chips} == set(SENSORS)
    assert {chip.seen_from for chip in chips} == set(SEEN_FROM)
    assert simulate_chip(1, size=64, sensor="MSTAR").sensor == "MSTAR"


def test_shadows_fall_away_from_the_side_that_the_sensor_is_on():
    """The mask is that of the turned picture: bright inside, and dark beyond it as seen from the sensor."""
    away = {"left": (0, 1), "right": (0, -1), "top": (1, 0), "bottom": (-1, 0)}
    darker: dict[str, list[float]] = {side: [] for side in SEEN_FROM}
    for seed in range(32):
        chip = simulate_chip(
            seed, size=128, spacing_m=0.3, objects=["vehicle"], land_cover="grassland", quantity="amplitude"
        )
        (item,) = chip.objects
        full = item.full_mask(128, 128)
        rows, columns = np.nonzero(full)
        assert item.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        pixels = chip.image.pixels[0]
        assert pixels[full].mean() > 1.4 * pixels[~full].mean()
        down, right = away[chip.seen_from]
        beyond, before = (np.roll(full, (12 * sign * down, 12 * sign * right), (0, 1)) & ~full for sign in (1, -1))
        darker[chip.seen_from].append(np.median(pixels[beyond]) / np.median(pixels[before]))
    assert all(len(ratios) > 2 and np.median(ratios) < 0.6 for ratios in darker.values())


def test_display_chips_are_as_dark_as_real_ones():
    """SSDD's chips have a median of 25 and MSTAR's of 33; on one scale of decibels ours had 95."""
    sea = np.mean([np.median(simulate_chip(seed, land_cover="water").image.pixels) for seed in range(10)])
    field = np.mean(
        [
            np.median(
                simulate_chip(seed, size=128, spacing_m=0.2, objects=["vehicle"], land_cover="grassland").image.pixels
            )
            for seed in range(10)
        ]
    )
    assert 15 < sea < 35
    assert 25 < field < 60
