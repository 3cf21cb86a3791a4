"""The ground and its speckle have the moments that their distributions say."""

import math

import numpy as np
import pytest
from scipy import signal, stats

from sarvl.simulation import LAND_COVERS, NOISE_DB, SENSORS, simulate_chip
from sarvl.simulation.clutter import clutter_sigma0, gamma_texture
from sarvl.simulation.sensor import RESPONSE_HALF_WIDTH, impulse_response
from sarvl.simulation.speckle import complex_look, multilook_intensity

MSTAR = SENSORS["MSTAR"]
AXES = [axis for sensor in SENSORS.values() for axis in sensor]


def generator(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def flat(size, level=0.01):
    return np.full((size, size), level, np.float32)


@pytest.mark.parametrize("looks", [1, 4])
def test_homogeneous_clutter_has_as_many_equivalent_looks_as_asked(looks):
    intensity = multilook_intensity(generator(), flat(512), MSTAR, None, looks)
    assert intensity.mean() ** 2 / intensity.var() == pytest.approx(looks, rel=0.03)


def test_amplitude_of_one_look_is_rayleigh():
    amplitude = np.abs(complex_look(generator(1), flat(512), MSTAR))
    assert amplitude.mean() / amplitude.std() == pytest.approx(math.sqrt(math.pi / (4 - math.pi)), rel=0.01)
    assert (amplitude**2).mean() == pytest.approx(0.01, rel=0.02)
    assert stats.skew(amplitude.ravel()) == pytest.approx(0.631, abs=0.03)


def test_phase_is_uniform_and_parts_are_uncorrelated():
    look = complex_look(generator(2), flat(256), MSTAR)
    assert abs(np.mean(look / np.abs(look))) < 0.02
    assert abs(np.mean(look**2)) / np.mean(np.abs(look) ** 2) < 0.02


@pytest.mark.parametrize(("order", "looks"), [(2.0, 1), (2.0, 4), (8.0, 1)])
def test_intensity_variance_follows_the_k_distribution(order, looks):
    samples = []
    for seed in range(10):
        rng = generator(seed)
        samples.append(multilook_intensity(rng, gamma_texture(rng, 384, order, (8.0, 8.0)), MSTAR, None, looks))
    intensity = np.stack(samples).astype(np.float64)
    expected = (1 + 1 / order) * (1 + 1 / looks) - 1
    assert intensity.var() / intensity.mean() ** 2 == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("correlation_px", [(0.5, 0.5), (1.0, 1.0), (3.3, 3.3), (12.0, 12.0), (1.5, 10.0)])
def test_texture_is_gamma_whatever_its_correlation(correlation_px):
    texture = np.stack([gamma_texture(generator(seed), 256, 3.0, correlation_px) for seed in range(12)])
    for quantile in (0.1, 0.5, 0.9):
        expected = stats.gamma.ppf(quantile, 3.0, scale=1 / 3.0)
        assert np.quantile(texture, quantile) == pytest.approx(expected, rel=0.05)
    assert texture.mean() == pytest.approx(1, rel=0.04)


def test_texture_is_correlated_over_its_length_and_not_beyond():
    texture = np.stack([gamma_texture(generator(seed), 256, 5.0, (8.0, 1.0)) for seed in range(8)]) - 1
    variance = np.mean(texture**2)
    near = np.mean(texture[:, :, :-2] * texture[:, :, 2:]) / variance
    across = np.mean(texture[:, :-2] * texture[:, 2:]) / variance
    far = np.mean(texture[:, :, :-32] * texture[:, :, 32:]) / variance
    assert near > 0.7
    assert abs(across) < 0.1
    assert abs(far) < 0.1


def test_infinite_order_and_untextured_clutter_are_constant():
    assert np.ptp(gamma_texture(generator(), 64, math.inf, (4.0, 4.0))) == 0
    assert np.ptp(clutter_sigma0(generator(), LAND_COVERS["urban"], 64, 1.0, textured=False)) == 0


@pytest.mark.parametrize("name", LAND_COVERS)
def test_mean_backscatter_is_the_declared_one(name):
    cover = LAND_COVERS[name]
    mean = np.mean([clutter_sigma0(generator(seed), cover, 256, 1.0).mean() for seed in range(20)])
    assert 10 * np.log10(mean) == pytest.approx(cover.sigma0_db, abs=0.15)


@pytest.mark.parametrize("name", LAND_COVERS)
def test_bare_chips_have_the_declared_level_plus_noise(name):
    chips = [simulate_chip(seed, land_cover=name, objects=(), quantity="amplitude") for seed in range(24)]
    mean = np.mean([np.mean(chip.image.pixels.astype(np.float64) ** 2) for chip in chips])
    expected = 10 ** (LAND_COVERS[name].sigma0_db / 10) + 10 ** (NOISE_DB / 10)
    assert 10 * np.log10(mean / expected) == pytest.approx(0, abs=1.2)  # levels differ by place


def test_levels_differ_from_place_to_place_as_measured():
    chips = [simulate_chip(seed, land_cover="grassland", objects=(), quantity="intensity") for seed in range(40)]
    levels = 10 * np.log10([chip.image.pixels.mean() for chip in chips])
    assert 0.7 < np.std(levels) / LAND_COVERS["grassland"].spread_db < 1.3


def test_fine_cells_are_spikier_as_measured():
    grass = LAND_COVERS["grassland"]
    assert grass.order_at(5.7) == pytest.approx(14.4)
    assert grass.order_at(0.2) == pytest.approx(3.45, rel=0.05)  # the fields around MSTAR's vehicles


def test_a_town_is_as_spiky_as_measured_streets_and_all():
    power = [
        simulate_chip(seed, land_cover="urban", objects=(), quantity="intensity").image.pixels for seed in range(12)
    ]
    moment = np.median([np.mean(pixels.astype(np.float64) ** 2) / np.mean(pixels) ** 2 for pixels in power])
    assert 5.5 < moment < 10  # 8.1 on Sentinel-1, 6.9 on TerraSAR-X


def test_urban_is_spikier_than_water():
    def variation(name):
        pixels = simulate_chip(3, land_cover=name, objects=(), quantity="amplitude").image.pixels ** 2
        return pixels.var() / pixels.mean() ** 2

    assert variation("urban") > 2 > variation("water")


@pytest.mark.parametrize("axis", AXES)
def test_point_response_is_band_limited_with_side_lobes(axis):
    response = impulse_response(axis)
    spectrum = np.abs(np.fft.fftshift(np.fft.fft(response, 1024))) ** 2
    frequency = np.abs(np.fft.fftshift(np.fft.fftfreq(1024)))
    assert np.sum(response**2) == pytest.approx(1, rel=1e-5)
    assert spectrum[frequency > 0.53 / axis.oversampling].sum() < 0.01 * spectrum.sum()


@pytest.mark.parametrize(
    ("sensor", "sidelobe_db"), [("Sentinel-1", -21.2), ("ground range", -21.2), ("MSTAR", -35.2), ("TerraSAR-X", -21.2)]
)
def test_highest_side_lobe_is_that_of_the_weighting(sensor, sidelobe_db):
    axis = SENSORS[sensor].range
    fine = np.abs(impulse_response(axis._replace(oversampling=16 / 4)))[RESPONSE_HALF_WIDTH:]
    lobes = [fine[i] for i in range(1, len(fine) - 1) if fine[i] > max(fine[i - 1], fine[i + 1])]
    assert 20 * np.log10(max(lobes) / fine[0]) == pytest.approx(sidelobe_db, abs=0.8)


@pytest.mark.parametrize(
    ("sensor", "along", "across"),
    [("Sentinel-1", 0.19, 0.33), ("TerraSAR-X", 0.22, 0.49), ("MSTAR", 0.51, 0.51), ("ground range", 0.64, 0.45)],
)
def test_speckle_is_correlated_as_on_real_patches(sensor, along, across):
    """``benchmarks/clutter.py`` prints the figures of the patches."""
    intensity = np.abs(complex_look(generator(3), flat(512), SENSORS[sensor])) ** 2
    deviation = intensity - intensity.mean()
    found = (deviation[:, 1:] * deviation[:, :-1]).mean(), (deviation[1:] * deviation[:-1]).mean()
    np.testing.assert_allclose(np.array(found) / intensity.var(), (along, across), atol=0.06)


def test_a_lone_scatterer_is_the_point_response():
    point = np.array([[26.4, 30.7, 4.0]], np.float32)
    sensor = SENSORS["Sentinel-1"]
    look = complex_look(generator(), np.zeros((64, 64), np.float32), sensor, point)
    outer = np.outer(impulse_response(sensor.azimuth), impulse_response(sensor.range))
    window = np.abs(look[14:47, 10:43])
    np.testing.assert_allclose(window, 2 * np.abs(outer), atol=1e-5)
    assert np.sum(np.abs(look) ** 2) == pytest.approx(4.0, rel=1e-4)


def test_look_equals_plain_convolution():
    rng = generator(7)
    sigma0 = rng.gamma(2, 1, (40, 40)).astype(np.float32)
    points = np.array([[5, 6, 100.0], [5, 6, 50.0], [39, 0, 80.0], [500, 3, 10.0]], np.float32)
    sensor = SENSORS["TerraSAR-X"]
    look = complex_look(generator(8), sigma0, sensor, points)
    border = RESPONSE_HALF_WIDTH
    side = 40 + 2 * border
    again = generator(8)
    noise = again.standard_normal((side, side, 2), dtype=np.float32)
    field = (noise[..., 0] + 1j * noise[..., 1]) * np.sqrt(np.pad(sigma0, border, mode="edge") / 2)
    phase = again.uniform(0, 2 * np.pi, len(points))
    for (column, row, power), angle in zip(points, phase, strict=True):
        if column < side - border:
            field[int(row) + border, int(column) + border] += np.sqrt(power) * np.exp(1j * angle)
    kernel = np.outer(impulse_response(sensor.azimuth), impulse_response(sensor.range))
    np.testing.assert_allclose(look, signal.convolve(field, kernel, mode="valid"), rtol=1e-3, atol=1e-4)
