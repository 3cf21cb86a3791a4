"""OpenSARShip: ships of the XML joined with their patches, and all that has no partner."""

from collections import Counter
from math import hypot, radians, sin
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from outcomes import fuzz, reasons
from pydantic import ValidationError

from sarvl.annotations import Source, read_source
from sarvl.annotations.source import Grouping
from sarvl.errors import AnnotationError

SHIP = """<ship>
<SARShipInformation><Center_x>{x}</Center_x><Center_y>{y}</Center_y><Center_longitude>{longitude}</Center_longitude>
<Center_latitude>3.910183e+01</Center_latitude><Incidence>30.0</Incidence></SARShipInformation>
<AISShipInformation><MMSI>413338000</MMSI><Length>{length}</Length><Width>{width}</Width></AISShipInformation>
<MarineTrafficInformation><Elaborated_type>{type}</Elaborated_type></MarineTrafficInformation></ship>"""
METADATA = """<Metadata><Abstracted_Metadata><attrib name="srgr_flag" value="{ground}" />
<attrib name="range_spacing" value="2.0" /><attrib name="azimuth_spacing" value="14.0" />
<attrib name="range_looks" value="5.0" /><attrib name="azimuth_looks" value="1.0" /></Abstracted_Metadata>
<Later><attrib name="range_spacing" value="99" /></Later></Metadata>"""


def ship(x: int, y: int = 5, **fields: object) -> str:
    values = {"longitude": "1.191583e+02", "length": 190, "width": 32, "type": "Bulk Carrier"} | fields
    return SHIP.format(x=x, y=y, **values)


def product(folder: Path, *ships: str, patches: tuple[str, ...] = (), ground: int | None = 1, end: str = "/") -> Path:
    for name in patches:
        path = folder / "P1" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.zeros((9, 9), np.uint8))
    (folder / "P1").mkdir(exist_ok=True)
    (folder / "P1" / "Ship.xml").write_text(f"<ShipList>{''.join(ships)}<{end}ShipList>")
    if ground is not None:
        (folder / "P1" / "Metedata.xml").write_text(METADATA.format(ground=ground))
    return folder


def source(folder: Path, **fields: object) -> Source:
    return Source(**{"name": "s", "format": "opensarship", "images": folder, "split": "train"} | fields)


VV, VH = "Patch_Uint8/Visual_Cargo_x10_y5_vv.tif", "Patch_Uint8/Visual_Cargo_x10_y5_vh.tif"


def test_a_ship_and_its_two_patches(tmp_path):
    found = read_source(source(product(tmp_path, ship(10), patches=(VV, VH))))
    assert [image.file for image in found.images] == [f"P1/{VH}", f"P1/{VV}"]
    assert found.rejects == ()
    image = found.images[0]
    assert (image.label, image.target_size_m) == ("Bulk Carrier", (190.0, 32.0))
    assert image.position == (119.1583, 39.10183)
    assert (image.spacing_m, image.looks) == ((14.0, 2.0), 5.0)
    assert image.notes == ()


def test_slant_range_is_brought_to_the_ground(tmp_path):
    found = read_source(source(product(tmp_path, ship(10), patches=(VV,), ground=0)))
    assert found.images[0].spacing_m == pytest.approx((14.0, 2.0 / sin(radians(30))))


def test_the_metadata_may_be_missing_or_broken(tmp_path):
    wanted = source(product(tmp_path, ship(10), patches=(VV,), ground=None), spacing_m=10.0)
    assert read_source(wanted).images[0].spacing_m == (10.0, 10.0)
    (tmp_path / "P1" / "Metedata.xml").write_text("<Metadata>")
    image = read_source(wanted).images[0]
    assert image.spacing_m == (10.0, 10.0)
    assert image.notes[0].startswith("no spacing and looks: Metedata.xml: not valid XML")


def test_polarisations_and_calibrated_patches(tmp_path):
    product(tmp_path, ship(10), patches=(VV, VH, "Patch_Cal/Cargo_x10_y5.tif"))
    for options, files in (
        ({"polarisation": "vv"}, [f"P1/{VV}"]),
        ({"patches": "Patch_Cal"}, ["P1/Patch_Cal/Cargo_x10_y5.tif"]),
    ):
        assert [image.file for image in read_source(source(tmp_path, options=options)).images] == files


@pytest.mark.parametrize("elaborated", ["NA", "Unspecified", "Reserved", ""])
def test_the_type_of_ais_stands_in_for_a_missing_one(tmp_path, elaborated):
    product(tmp_path, ship(10, type=elaborated), patches=(VV,))
    assert read_source(source(tmp_path)).images[0].label == "Cargo"


def test_the_type_of_ais_by_option(tmp_path):
    product(tmp_path, ship(10), patches=(VV,))
    assert read_source(source(tmp_path, options={"label": "ais"})).images[0].label == "Cargo"


@pytest.mark.parametrize(
    ("length", "width", "noted"),
    [
        (0, 0, False),
        ("", "", False),
        ("NA", 0, False),
        (57, 0, True),
        (30, 40, True),
        (5000, 60, True),
        (190, "nan", True),
    ],
)
def test_sizes_that_no_ship_has_are_left_out(tmp_path, length, width, noted):
    product(tmp_path, ship(10, length=length, width=width), patches=(VV,))
    image = read_source(source(tmp_path)).images[0]
    assert image.target_size_m is None
    assert any("left out: no ship has it" in note for note in image.notes) == noted


@pytest.mark.parametrize("longitude", ["", "nan", "400", "east"])
def test_positions_that_are_not_on_earth_are_left_out(tmp_path, longitude):
    product(tmp_path, ship(10, longitude=longitude), patches=(VV,))
    assert read_source(source(tmp_path)).images[0].position is None


def test_ships_and_patches_without_a_partner_are_told(tmp_path):
    lonely, odd = "Patch_Uint8/Visual_Tanker_x77_y5_vv.tif", "Patch_Uint8/notes.txt"
    product(tmp_path, ship(10), ship(20), ship(10), ship("NA"), patches=(VV, lonely))
    (tmp_path / "P1" / odd).write_text("x")
    assert reasons(source(tmp_path)) == [
        ("image", f"P1/{odd}", "its name gives no centre"),
        ("image", "P1/Ship.xml: ship 1", "has no patch"),
        ("image", "P1/Ship.xml: ship 2", "has no patch"),
        ("image", "P1/Ship.xml: ship 3", "has no Center_x and Center_y"),
        ("image", f"P1/{lonely}", "no ship in Ship.xml has this centre"),
    ]


def test_patches_of_an_xml_that_cannot_be_read_are_told_one_by_one(tmp_path):
    product(tmp_path, ship(10), patches=(VV, VH))
    (tmp_path / "P1" / "Ship.xml").write_text("<ShipList><ship>")
    told = reasons(source(tmp_path))
    assert [file for _, file, _ in told] == [f"P1/{VH}", f"P1/{VV}"]
    assert all(reason.startswith("P1/Ship.xml: not valid XML") for _, _, reason in told)
    assert [file for _, file, _ in reasons(source(tmp_path, options={"patches": "Patch_Cal"}))] == ["P1/Ship.xml"]
    (tmp_path / "P1" / "Ship.xml").unlink()
    assert all("cannot be read" in reason for _, _, reason in reasons(source(tmp_path)))


def test_the_end_tag_of_the_published_files_is_mended_and_noted(tmp_path):
    found = read_source(source(product(tmp_path, ship(10), patches=(VV,), end="\\")))
    assert found.images[0].notes == ("Ship.xml: its end tag <\\ShipList> read as </ShipList>",)


def test_an_entity_bomb_is_refused(tmp_path):
    product(tmp_path, patches=(VV,))
    bomb = '<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]><ShipList>&y;</ShipList>'
    (tmp_path / "P1" / "Ship.xml").write_text(bomb)
    assert "not valid XML" in reasons(source(tmp_path))[0][2]


def test_a_folder_without_products_is_an_error(tmp_path):
    with pytest.raises(AnnotationError, match=r"no folder with Ship\.xml and Patch_Uint8"):
        read_source(source(tmp_path))


@pytest.mark.parametrize("options", [{"patches": "Patch_Cal", "polarisation": "vv"}, {"patches": "Patch"}])
def test_options_that_cannot_work_are_refused(tmp_path, options):
    with pytest.raises(ValidationError, match="Patch"):
        source(tmp_path, options=options)


def test_damaged_files_are_read_or_refused(tmp_path):
    product(tmp_path, ship(10), ship(20), patches=(VV, VH))
    for name in ("Ship.xml", "Metedata.xml"):
        assert set(fuzz(tmp_path / "P1" / name, 300, source(tmp_path))) == {"read"}


def test_the_real_171_ships(shared_data):
    group = Grouping(pattern=r"(?P<ship>[^/]+/Patch_Uint8/.*)_v[vh]\.tif")
    found = read_source(source(shared_data / "opensarship", group=group))
    assert (len(found.images), found.rejects) == (342, ())
    assert Counter(Counter(image.group for image in found.images).values()) == {2: 171}
    assert sum(image.target_size_m is None for image in found.images) == 40
    assert all(image.position is not None for image in found.images)
    assert {image.looks for image in found.images if "GRDH" in image.file} == {5.0}


def test_the_spacing_gives_the_lengths_that_people_measured_in_the_slant_range_product(shared_data):
    found = read_source(source(shared_data / "opensarship", include="*_SLC_*/*/*_vv.tif"))
    spacing = {image.file.rsplit("_x")[-1]: image.spacing_m for image in found.images}
    (path,) = (shared_data / "opensarship").glob("*_SLC_*/Ship.xml")
    ships = list(ElementTree.parse(path).iter("SARShipInformation"))
    assert len(ships) == len(spacing) == 9
    for item in ships:
        number = {child.tag: child.text for child in item}
        row_m, column_m = spacing[f"{number['Center_x']}_y{number['Center_y']}_vv.tif"]
        rows, columns = (int(number[f"Head_{axis}"]) - int(number[f"Tail_{axis}"]) for axis in "yx")
        assert hypot(rows * row_m, columns * column_m) == pytest.approx(float(number["Manual_Length"]), abs=1.5)


def test_the_real_calibrated_patches_are_as_many_as_the_ships(shared_data):
    found = read_source(source(shared_data / "opensarship", options={"patches": "Patch_Cal", "label": "ais"}))
    assert (len(found.images), found.rejects) == (171, ())
    assert Counter(image.label for image in found.images)["Cargo"] == 105


def test_the_real_set_with_a_ship_and_a_patch_taken_away(shared_data, tmp_path):
    name = "S1A_IW_SLC__1SDV_20160606T221231_20160606T221258_011596_011B8A_3FF3"
    (tmp_path / name).mkdir()
    for item in (shared_data / "opensarship" / name).iterdir():
        (tmp_path / name / item.name).mkdir() if item.is_dir() else (tmp_path / name / item.name).symlink_to(item)
    patches = sorted((shared_data / "opensarship" / name / "Patch_Cal").iterdir())
    for patch in patches[1:]:
        (tmp_path / name / "Patch_Cal" / patch.name).symlink_to(patch)
    (tmp_path / name / "Patch_Cal" / "Cargo_x1_y1.tif").symlink_to(patches[0])
    found = read_source(source(tmp_path, options={"patches": "Patch_Cal"}, follow_links="anywhere"))
    assert (len(found.images), found.images_in) == (8, 10)
    assert Counter(reject.reason for reject in found.rejects) == {
        "has no patch": 1,
        "no ship in Ship.xml has this centre": 1,
    }
