"""Makes a tiny copy of each set of ``recipes/sets``, in the layout that its recipe expects: a few noise pictures.

``python tests/recipes/fake_sets.py OUT`` writes one folder a set below OUT, so that any ready recipe, the composed ones
included, can be tried with ``--set root=OUT/ssdd`` or ``--set root=OUT``. The same bytes come out each time.
"""

import csv
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from zlib import crc32

import cv2
import numpy as np
import rasterio
from rasterio.transform import from_origin

SIDE_PX = 48
BOX = (8, 6, 20, 12)  # x, y, width, height
CORNERS = "8 6 28 6 28 18 8 18"


def noise(path: Path) -> np.random.Generator:
    """Return a generator of its own for each file, by its path from the set on: no two pictures are equal."""
    first = max(place for place, part in enumerate(path.parts) if part in FAKES)
    return np.random.default_rng(crc32("/".join(path.parts[first:]).encode()))


def picture(path: Path, channels: int = 1) -> None:
    """Write speckled bytes with one bright patch where the boxes say that the object is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = noise(path).rayleigh(40, (SIDE_PX, SIDE_PX, channels)).clip(0, 200)
    x, y, width, height = BOX
    pixels[y : y + height, x : x + width] += 50
    if not cv2.imwrite(str(path), pixels.astype(np.uint8)):
        raise OSError(f"{path}: cannot be written")


def text(path: Path, content: str) -> None:
    """Write a text file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def coco(path: Path, images: Iterable[str], classes: dict[int, str], *, categories: bool = True) -> None:
    """Write COCO JSON: each image holds one object of each class, its outline a rectangle."""
    x, y, width, height = BOX
    outline = [[x, y, x + width, y, x + width, y + height, x, y + height]]
    names = list(images)
    entries = [{"id": n, "file_name": name, "width": SIDE_PX, "height": SIDE_PX} for n, name in enumerate(names)]
    objects = [
        {
            "id": n * len(classes) + i,
            "image_id": n,
            "category_id": key,
            "bbox": BOX,
            "area": 240,
            "segmentation": outline,
        }
        for n in range(len(names))
        for i, key in enumerate(classes)
    ]
    data: dict[str, Any] = {"images": entries, "annotations": objects}
    if categories:
        data["categories"] = [{"id": key, "name": name} for key, name in classes.items()]
    text(path, json.dumps(data))


def karpathy(path: Path, images: dict[str, str]) -> None:
    """Write caption JSON in Karpathy's form: file name -> split, two captions each."""
    entries = [
        {
            "filename": name,
            "split": split,
            "sentences": [{"raw": f"Picture {name} shows a port ."}, {"raw": "Two ships lie there ."}],
        }
        for name, split in images.items()
    ]
    text(path, json.dumps({"images": entries}))


def sardet_100k(root: Path) -> None:
    """Two images of train without ``categories``, as some copies are, and one each of val and test."""
    classes = dict(enumerate(("ship", "aircraft", "car", "tank", "bridge", "harbor")))
    images = {"train": ("0000001.png", "0000002.jpg"), "val": ("0000003.bmp",), "test": ("0000004.png",)}
    for split, names in images.items():
        for name in names:
            picture(root / "JPEGImages" / split / name)
        coco(root / f"Annotations/{split}.json", names, classes, categories=split != "train")


def ssdd(root: Path) -> None:
    """One ship in each of two images of train and one of test."""
    folder = root / "BBox_SSDD" / "coco_style"
    for split, names in {"train": ("000002.jpg", "000003.jpg"), "test": ("000001.jpg",)}.items():
        for name in names:
            picture(folder / "images" / split / name)
        coco(folder / "annotations" / f"{split}.json", names, {1: "ship"})


def hrsid(root: Path) -> None:
    """Patches of two scenes in one folder, parted by their JSON files."""
    images = {
        "train2017": ("P0001_0_800_7200_8000.jpg", "P0002_0_800_0_800.jpg"),
        "test2017": ("P0001_0_800_0_800.jpg",),
    }
    for split, names in images.items():
        for name in names:
            picture(root / "JPEGImages" / name)
        coco(root / "annotations" / f"{split}.json", names, {1: "ship"})


def sar_aircraft(root: Path) -> None:
    """VOC XML, and the lists of the official split."""
    x, y, width, height = BOX
    box = f"<bndbox><xmin>{x}</xmin><ymin>{y}</ymin><xmax>{x + width}</xmax><ymax>{y + height}</ymax></bndbox>"
    for split, stem, name in (
        ("train", "0000001", "A320/321"),
        ("val", "0000002", "Boeing787"),
        ("test", "0000003", "other"),
    ):
        picture(root / "JPEGImages" / f"{stem}.jpg")
        one = f"<object><name>{name}</name>{box}</object>"
        text(root / f"Annotations/{stem}.xml", f"<annotation><filename>{stem}.jpg</filename>{one}</annotation>")
        text(root / f"ImageSets/Main/{split}.txt", f"{stem}\n")


def dota(folder: Path, images: str, labels: str, objects: dict[str, str], head: str = "") -> None:
    """Write DOTA text: file name -> class."""
    for name, class_name in objects.items():
        picture(folder / images / name)
        text(folder / labels / f"{Path(name).stem}.txt", f"{head}{CORNERS} {class_name} 0\n")


def fair_csar(root: Path) -> None:
    """The two parts, each with trainval and test."""
    for part, train, test in (("SL", "Container_Ship", "Other_Ship"), ("FSI", "Bridge", "Bridge")):
        head = "imagesize:48 48\n"
        for split, class_name in (("trainval", train), ("test", test)):
            folder = root / f"{part}-TRAINVAL" / split
            name = f"GF3_KAS_{part}_028685_E139.7_N35.5_20220120_L1A_HH_L1_{split}.png"
            dota(folder, "PNGImages", "Annotations", {name: class_name}, head)


def rsar(root: Path) -> None:
    """Mixed endings, as its images have them."""
    for split, objects in {
        "train": {"1.png": "ship", "2.jpg": "car"},
        "val": {"3.bmp": "tank"},
        "test": {"4.png": "harbor"},
    }.items():
        dota(root / split, "images", "annfiles", objects)


def ogsod(root: Path) -> None:
    """YOLO text: an upright box, an oriented one, and an image without objects."""
    labels = {"train/1": "0 0.4 0.3 0.4 0.25\n", "train/2": "1 0.2 0.1 0.6 0.1 0.6 0.4 0.2 0.4\n", "test/3": ""}
    for name, lines in labels.items():
        picture(root / "sar" / "images" / f"{name}.png")
        text(root / "sar" / "labels" / f"{name}.txt", lines)


def phoenix_chip(path: Path, target_type: str, depression: int) -> None:
    """Write a chip as the public release of MSTAR has them: text header, then magnitude and phase."""
    fields = {"NumberOfColumns": SIDE_PX, "NumberOfRows": SIDE_PX, "TargetType": target_type, "Polarization": "HH"}
    fields |= {"DesiredDepression": depression, "RangePixelSpacing": 0.202148, "CrossRangePixelSpacing": 0.203125}
    values = "".join(f"{key}= {value}\n" for key, value in fields.items())
    sizes = "[PhoenixHeaderVer01.04]\nPhoenixHeaderLength= {:05d}\nPhoenixSigSize= {:08d}\n"
    length = len(sizes.format(0, 0) + values + "[EndofPhoenixHeader]\n")
    head = sizes.format(length, length + 8 * SIDE_PX**2) + values + "[EndofPhoenixHeader]\n"
    rng = noise(path)
    magnitude = rng.rayleigh(1, (SIDE_PX, SIDE_PX)).astype(">f4")
    phase = rng.uniform(0, 6.28, (SIDE_PX, SIDE_PX)).astype(">f4")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head.encode() + magnitude.tobytes() + phase.tobytes())


def mstar(root: Path) -> None:
    """Chips of 17, 15 and 30 degrees, of which the last is refused."""
    mixed, chips = root / "MSTAR_PUBLIC_MIXED_TARGETS_CD", "MSTAR_PUBLIC_TARGETS_CHIPS_T72_BMP2_BTR70_SLICY"
    phoenix_chip(Path(f"{mixed}2/17_DEG/COL2/SCENE1/2S1/HB19377.000"), "2s1_gun", 17)
    phoenix_chip(Path(f"{mixed}1/15_DEG/COL2/SCENE1/2S1/HB15261.000"), "2s1_gun", 15)
    phoenix_chip(Path(f"{mixed}1/30_DEG/COL2/SCENE1/2S1/HB20001.000"), "2s1_gun", 30)
    phoenix_chip(root / chips / "TARGETS/TRAIN/17_DEG/T72/SN_132/HB03787.015", "t72_tank", 17)


def sample(root: Path) -> None:
    """Two poses, each measured and simulated, in two stretches."""
    for target, serial in (("2s1", "22_serial_b01"), ("t72", "77_serial_812")):
        for stretch in ("qpm", "decibel"):
            for kind in ("real", "synth"):
                name = f"{target}_{kind}_A_elevDeg_015_azCenter_013_{serial}.png"
                picture(root / "png_images" / stretch / kind / target / name)


def sar_acd(root: Path) -> None:
    """Class folders below a folder of images."""
    for name in ("A220/001.jpg", "A320321/001.jpg", "Boeing787/0002.jpg"):
        picture(root / "images" / name)


def opensarship(root: Path) -> None:
    """One product with two ships, each in VV and VH."""
    product = root / "S1A_IW_GRDH_1SDV_20150823T221233_20150823T221258_007396_00A2CA_54D0"
    ships = ""
    for x, kind in ((10661, "Bulk Carrier"), (1673, "Tug")):
        ships += (
            f"<ship><SARShipInformation><Center_x>{x}</Center_x><Center_y>7</Center_y></SARShipInformation>"
            "<AISShipInformation><Length>179</Length><Width>27</Width></AISShipInformation>"
            f"<MarineTrafficInformation><Elaborated_type>{kind}</Elaborated_type></MarineTrafficInformation></ship>"
        )
        for polarisation in ("vv", "vh"):
            picture(product / "Patch_Uint8" / f"Visual_Cargo_x{x}_y7_{polarisation}.tif")
    text(product / "Ship.xml", f"<ShipList>{ships}</ShipList>")


def atrnet_star(root: Path) -> None:
    """Class folders below train and test, each image with an XML beside it."""
    for split, name in (("train", "Buick_GL8"), ("train", "Chery_qq3"), ("test", "Buick_GL8")):
        path = root / "SOC_40classes" / split / name / f"KU_HH_15_0_{split}.tif"
        picture(path)
        text(path.with_suffix(".xml"), "<annotation></annotation>")


def fusar_ship(root: Path) -> None:
    """Category and sub-category folders, and the table of the ships."""
    for path in ("Cargo/BulkCarrier/Ship_C01S02N0001.tiff", "Fishing/Fishing/Ship_C04S01N0001.tiff"):
        picture(root / path)
    text(root / "meta.csv", "id,mmsi,length,width\nShip_C01S02N0001,351445000,229,32\n")


def spacenet6(root: Path) -> None:
    """GeoTIFFs of four bands in decibels; a tile with two buildings, one without, and one strip more of the first."""
    folder = root / "train" / "AOI_11_Rotterdam"
    strips = {
        "20190804111224_20190804111453_tile_1": [
            "POLYGON ((8 6, 28 6, 28 18, 8 18, 8 6))",
            "POLYGON ((30 30, 40 30, 40 44, 30 30))",
        ],
        "20190804111224_20190804111453_tile_2": ["POLYGON EMPTY"],
        "20190822070610_20190822070846_tile_1": ["POLYGON ((9 7, 29 7, 29 19, 9 19, 9 7))"],
    }
    rows = []
    for tile, polygons in strips.items():
        path = folder / "SAR-Intensity" / f"SN6_Train_AOI_11_Rotterdam_SAR-Intensity_{tile}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        values = 10 * np.log10(noise(path).exponential(100, (4, SIDE_PX, SIDE_PX)) + 1).astype(np.float32)
        place = {"crs": "EPSG:32631", "transform": from_origin(594000, 5750000, 0.5, 0.5)}
        shape = {"count": 4, "height": SIDE_PX, "width": SIDE_PX, "dtype": "float32"}
        with rasterio.open(path, "w", driver="GTiff", **shape, **place) as target:
            target.write(values)
        rows += [[tile, number, polygon, 9.5] for number, polygon in enumerate(polygons)]
    table = folder / "SummaryData" / "SN6_Train_AOI_11_Rotterdam_Buildings.csv"
    table.parent.mkdir()
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerows([["ImageId", "TileBuildingId", "PolygonWKT_Pix", "Mean_Building_Height"], *rows])


def dfc2023(root: Path) -> None:
    """Two roof types in tiles of two cities."""
    names = ("SV_NewYork_40.7387_-73.9989.tif", "GF2_Brasilia_-15.8653_-47.9293.tif", "SV_NewYork_40.7400_-73.9989.tif")
    for name in names:
        picture(root / "track1" / "train" / "sar" / name)
    coco(root / "track1" / "roof_fine_train.json", names, dict(enumerate(ROOFS, 1)))


ROOFS = (
    *("flat_roof", "gable_roof", "gambrel_roof", "row_roof", "multiple_eave_roof", "hipped_roof_v1", "hipped_roof_v2"),
    *("mansard_roof", "pyramid_roof", "arched_roof", "dome", "other"),
)


def openearthmap_sar(root: Path) -> None:
    """Masks of class numbers, with a building, water and a void border."""
    for number in (1, 2, 3):
        picture(root / "train" / "sar_images" / f"TrainArea_{number}.tif")
        mask = np.full((SIDE_PX, SIDE_PX), 6, np.uint8)
        mask[:, 24:] = 5
        mask[6:18, 8:28] = 8
        mask[-1] = 0
        path = root / "train" / "labels" / f"TrainArea_{number}.tif"
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), mask)


def osdataset(root: Path) -> None:
    """Pairs in one folder a split, and the table of captions that its user makes."""
    rows = "filename,caption\n"
    for name in ("train/{}1.png", "train/{}2.png", "val/{}1.png", "test/{}1.png"):
        picture(root / "512" / name.format("sar"))
        picture(root / "512" / name.format("opt"), channels=3)
        rows += f"{name.format('opt')},Many gray buildings stand beside a river.\n"
    text(root / "captions.csv", rows)


def karpathy_set(folder: str, file: str, images: dict[str, str]) -> Callable[[Path], None]:
    """Return what makes a set of optical images with captions in Karpathy's form."""

    def make(root: Path) -> None:
        for name in images:
            picture(root / folder / name, channels=3)
        karpathy(root / file, images)

    return make


def nwpu_captions(root: Path) -> None:
    """Class folders, and JSON of lists by class."""
    data: dict[str, list[dict[str, Any]]] = {}
    for class_name, number, split in (("airport", 1, "train"), ("airport", 2, "val"), ("bridge", 1, "test")):
        name = f"{class_name}_{number:03d}.jpg"
        picture(root / "NWPU_images" / class_name / name, channels=3)
        captions = {"raw": f"An {class_name} .", "raw_1": f"There is one {class_name} .", "raw_2": f"An {class_name} ."}
        data.setdefault(class_name, []).append({"filename": name, "imgid": number, "split": split} | captions)
    text(root / "dataset_nwpu.json", json.dumps(data))


def sarsim(root: Path) -> None:
    """Class folders."""
    for name in ("tank", "truck"):
        picture(root / name / f"{name}_1.png")


def sarlang_1m_captions(root: Path) -> None:
    """Images in one folder, and a table for each split."""
    rows = {"Caption-training": "France_Alpes-Maritimes_Nice_3.png", "Caption_test": "SV_Darwin_-12.4278_130.8688.png"}
    for table, image in rows.items():
        picture(root / "SARimages" / image)
        content = f"image,caption\n{image},Buildings stand along a road.\n{image},A dense town.\n"
        text(root / "Text" / "caption" / f"{table}.csv", content)


FAKES: dict[str, Callable[[Path], None]] = {
    "sardet-100k": sardet_100k,
    "ssdd": ssdd,
    "hrsid": hrsid,
    "sar-acd": sar_acd,
    "sar-aircraft-1.0": sar_aircraft,
    "fair-csar": fair_csar,
    "rsar": rsar,
    "ogsod": ogsod,
    "mstar": mstar,
    "sample": sample,
    "opensarship": opensarship,
    "atrnet-star": atrnet_star,
    "fusar-ship": fusar_ship,
    "spacenet6": spacenet6,
    "dfc2023": dfc2023,
    "openearthmap-sar": openearthmap_sar,
    "osdataset": osdataset,
    "rsicd": karpathy_set(
        "RSICD_images", "dataset_rsicd.json", {"airport_1.jpg": "train", "a.jpg": "val", "b.jpg": "test"}
    ),
    "rsitmd": karpathy_set("images", "dataset_RSITMD.json", {"airport_1.tif": "train", "b.tif": "test"}),
    "ucm": karpathy_set("imgs", "dataset.json", {"1.tif": "train", "2.tif": "val", "3.tif": "test"}),
    "sydney": karpathy_set("imgs", "dataset.json", {"1.tif": "train", "2.tif": "test"}),
    "nwpu-captions": nwpu_captions,
    "sarsim": sarsim,
    "sarlang-1m-captions": sarlang_1m_captions,
}
"""What makes each set, by the name of its recipe."""


def make_sets(folder: Path, names: Iterable[str] = tuple(FAKES)) -> None:
    """Write the sets of the given recipes, each into its own folder below ``folder``."""
    for name in names:
        FAKES[name](folder / name)


if __name__ == "__main__":
    make_sets(Path(sys.argv[1]))
