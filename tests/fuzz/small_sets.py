"""Small sets that can be read whole, one or more a format and one a kind of image file: what the fuzzer damages."""

import json
import warnings
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from sarvl.annotations.image_files import is_image_name

SIDE_PX = 40
_UTM = {"crs": CRS.from_epsg(32632), "transform": from_origin(500_000, 5_000_000, 10, 10)}


@dataclass(frozen=True)
class SmallSet:
    """A set: the row of the table that it counts in, its files by path, and what its Source says.

    annotations: path of the annotation file or folder. format: where it is not the row. fields: more of the Source.
    """

    row: str
    files: dict[str, bytes]
    annotations: str | None = None
    format: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def targets(self) -> list[str]:
        """Return the files that annotate: those outside of the images, or the texts among them, or the images."""
        outside = [name for name in self.files if not name.startswith("images/")]
        return outside or [name for name in self.files if not is_image_name(name)] or list(self.files)

    @property
    def source(self) -> dict[str, Any]:
        """Return the fields of a Source, paths relative to the folder of the set."""
        common = {"name": "fuzzed", "format": self.format or self.row, "images": "images", "options": self.options}
        named = {} if self.annotations is None else {"annotations": self.annotations}
        return common | named | {"splits": {"train": 0.5, "test": 0.5}} | self.fields


def speckle(*shape: int) -> np.ndarray:
    """Return bytes of that shape, the same each time."""
    return np.random.default_rng(0).gamma(2.0, 40.0, shape).clip(0, 255).astype(np.uint8)


def encoded(ending: str, pixels: np.ndarray) -> bytes:
    """Return an image file as OpenCV writes it."""
    return bytes(cv2.imencode(ending, pixels)[1])


def raster(pixels: np.ndarray, driver: str = "GTiff", palette: bool = False, **profile: Any) -> bytes:
    """Return ``(bands, H, W)`` as a file that GDAL writes."""
    count, height, width = pixels.shape
    with warnings.catch_warnings(), MemoryFile() as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(
            driver=driver, count=count, height=height, width=width, dtype=profile.pop("dtype", pixels.dtype), **profile
        ) as dataset:
            dataset.write(pixels)
            if palette:
                dataset.write_colormap(1, {0: (0, 0, 0), 1: (255, 0, 0), 2: (0, 255, 0)})
            if "crs" in profile:
                dataset.descriptions = [f"band {number} in dB" for number in range(1, count + 1)]
                dataset.update_tags(made="by hand")
        return bytes(memory.read())


PICTURE = encoded(".png", speckle(SIDE_PX, SIDE_PX))


@cache
def phoenix_chip(side_px: int = 16) -> bytes:
    """Return a chip as the MSTAR public release has them."""
    text = (
        f"[PhoenixHeaderVer01.04]\nPhoenixHeaderLength= {{start:05d}}\nPhoenixSigSize= {{end:08d}}\n"
        f"native_header_length= 0\nNumberOfColumns= {side_px}\nNumberOfRows= {side_px}\nTargetType= t72_tank\n"
        "DesiredDepression= 15\nRangePixelSpacing= 0.202148\nCrossRangePixelSpacing= 0.203125\nPolarization= HH\n"
        "[EndofPhoenixHeader]\n"
    )
    start = len(text.format(start=0, end=0))
    numbers = np.random.default_rng(1).rayleigh(1, (2, side_px, side_px)).astype(">f4")
    return text.format(start=start, end=start + numbers.nbytes).encode() + numbers.tobytes()


@cache
def image_files() -> dict[str, tuple[str, bytes]]:
    """Return file name and bytes of an image of each kind."""
    grey, colour = speckle(SIDE_PX, SIDE_PX), speckle(SIDE_PX, SIDE_PX, 3)
    alpha = np.dstack([colour, np.where(grey > 20, 255, 0)]).astype(np.uint8)
    bands = speckle(2, SIDE_PX, SIDE_PX)
    physical = bands.astype(np.float32) + 1
    ones_and_twos = grey[None] % 3
    return {
        "png 8": ("a.png", PICTURE),
        "png 16": ("a.png", encoded(".png", grey.astype(np.uint16) * 257)),
        "png colour": ("a.png", encoded(".png", colour)),
        "png alpha": ("a.png", encoded(".png", alpha)),
        "png palette": ("a.png", raster(ones_and_twos, "PNG", palette=True)),
        "jpeg grey": ("a.jpg", encoded(".jpg", grey)),
        "jpeg colour": ("a.jpeg", encoded(".jpg", colour)),
        "bmp": ("a.bmp", encoded(".bmp", colour)),
        "tiff 8": ("a.tif", raster(bands[:1])),
        "tiff 8 colour, jpeg": ("a.tif", raster(speckle(3, 48, 48), compress="jpeg", photometric="ycbcr")),
        "tiff 16": ("a.tif", raster(bands[:1].astype(np.uint16) * 9, compress="lzw")),
        "tiff float": ("a.tif", raster(physical, compress="deflate", predictor=3, nodata=5)),
        "tiff float, tiles": ("a.tif", raster(physical, tiled=True, blockxsize=16, blockysize=16)),
        "tiff complex": ("a.tif", raster((physical + 1j).astype(np.complex64))),
        "tiff integer complex": ("a.tif", raster((physical + 1j).astype(np.complex64), dtype="complex_int16")),
        "tiff palette": ("a.tif", raster(ones_and_twos, palette=True)),
        "geotiff": ("a.tiff", raster(physical, **_UTM)),
        "phoenix": ("HB1.015", phoenix_chip()),
    }


QUANTITIES = {"png 16": "amplitude", "tiff 16": "amplitude", "tiff float": "intensity", "tiff float, tiles": "decibel"}


def image_sets() -> list[SmallSet]:
    """Return a set of two files a kind of image, read by the format ``folders``."""
    sidecar = b"<PAMDataset><Metadata><MDI key='SARVL_QUANTITY'>decibel</MDI></Metadata></PAMDataset>"
    beside = {"images/ship/a.tif": image_files()["geotiff"][1], "images/ship/a.tif.aux.xml": sidecar}
    with_sidecar = SmallSet("image: geotiff", beside, format="folders", fields={"include": "**/*.tif"})
    return [with_sidecar, *(_image_set(kind, *named) for kind, named in image_files().items())]


def _image_set(kind: str, name: str, data: bytes) -> SmallSet:
    quantity = {"quantity": QUANTITIES[kind]} if kind in QUANTITIES else {}
    placed = {"group": {"distance_m": 50}} if kind == "geotiff" else {}
    return SmallSet(f"image: {kind}", {f"images/ship/{name}": data}, format="folders", fields=quantity | placed)


def hand_made_sets() -> list[SmallSet]:
    """Return one set or more of each own format."""
    return [*_json_sets(), *_table_sets(), *_text_sets(), *_xml_sets(), *_tool_sets(), *_mask_sets(), *_chip_sets()]


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1).encode()


def _pictures(*names: str) -> dict[str, bytes]:
    return {f"images/{name}": PICTURE for name in names}


def _json_sets() -> list[SmallSet]:
    images = _pictures("a.png", "b.png")
    flat = [
        {"filename": "a.png", "captions": ["Two ships .", "A pier ."], "theme": "port", "split": "train"},
        {"file_name": "b.jpg", "captions": ["Open sea ."]},
    ]
    karpathy = {"images": [{"filename": "a.png", "sentences": [{"raw": "Two ships ."}], "split": "val"}]}
    square = [8, 12, 32, 6, 33, 20, 10, 26]
    coco = {
        "images": [
            {"id": 1, "file_name": "a.png", "width": SIDE_PX, "height": SIDE_PX},
            {"id": 2, "file_name": "b.jpg"},
        ],
        "categories": [{"id": 1, "name": "ship"}, {"id": 2, "name": "tank"}],
        "annotations": [
            {"image_id": 1, "category_id": 1, "bbox": [8, 6, 25, 20], "segmentation": [square]},
            {
                "image_id": 1,
                "category_id": 2,
                "bbox": [2, 2, 4.5, 4],
                "segmentation": {"size": [SIDE_PX, SIDE_PX], "counts": [81, 4, SIDE_PX**2 - 85]},
            },
            {
                "image_id": 2,
                "category_id": 2,
                "bbox": [2, 2, 4, 4],
                "segmentation": [[1, 1, 9, 1, 9, 9], [2.5, 3, 4, 5, 6, 7]],
                "iscrowd": 0,
            },
        ],
    }
    llava = [
        {
            "image": "a.png",
            "conversations": [
                {"from": "human", "value": "<image>\nDescribe the content of this image in one sentence."},
                {"from": "gpt", "value": "A ship lies at a pier."},
                {"from": "human", "value": "Where is the ship?"},
                {"from": "gpt", "value": "{<25><50><50><100>} (bottom)"},
            ],
        },
        {"image_path": "b.png", "prompts": ["How many ships?", "Count the ships."], "ground_truth": "16"},
    ]
    lines = [
        {"images": [name], "messages": [{"role": "user", "content": "What?"}, {"role": "assistant", "content": "Sea."}]}
        for name in ("a.png", "b.png")
    ]
    return [
        SmallSet("captions", images | {"captions.json": _json(flat)}, "captions.json"),
        SmallSet("captions", images | {"captions.json": _json(karpathy)}, "captions.json"),
        SmallSet("coco", images | {"coco.json": _json(coco)}, "coco.json", options={"corners": "polygons"}),
        SmallSet("coco", images | {"coco.json": _json(coco)}, "coco.json", options={"boxes": "masks"}),
        SmallSet("conversations", images | {"talk.json": _json(llava)}, "talk.json", options={"box_scale": 100}),
        SmallSet("conversations", images | {"talk.json": "\n".join(map(json.dumps, lines)).encode()}, "talk.json"),
    ]


def _table_sets() -> list[SmallSet]:
    images = _pictures("a.png", "b.png")
    captions = b'imgpath,caption,split\n/d/a.png,"Two ships, one of them a tug.",train\n/d/b.png,Open sea.,test\n'
    polygons = (
        b"ImageId,BuildingId,PolygonWKT_Pix,Confidence\n"
        b'a,0,"POLYGON ((1 1 0, 9.5 1 0, 9 9 0, 1 1 0), (3 3 0, 4 3 0, 4 4 0, 3 3 0))",1\n'
        b'a,1,"MULTIPOLYGON (((10 10,20 10,20 20,10 10)),((1 30,5 30,5 35,1 30)))",1\nb,-1,POLYGON EMPTY,1\n'
    )
    corners = [[500000, 5000000], [500640, 5000000], [500640, 4999360], [500000, 4999360]]
    places = [{"filename": f"s1_{number}.png", "corners_EPSG:32632": corners} for number in (7, 8)]
    options = {"sar_pattern": r"s1_(?P<pair>\d+)", "optical_pattern": r"s2_(?P<pair>\d+)", "metadata": "places.json"}
    twins = {"captions.csv": b"filename,caption\ns2_7.png,A field.\ns2_8.png,A lake.\n", "places.json": _json(places)}
    return [
        SmallSet("csv_captions", images | {"table.csv": captions}, "table.csv", options={"prefix": "/d/"}),
        SmallSet("csv_captions", images | {"t.tsv": b"filepath\ttitle\na.png\tTwo ships.\nb.png\tSea.\n"}, "t.tsv"),
        SmallSet("footprints", images | {"table.csv": polygons}, "table.csv"),
        SmallSet(
            "pairs",
            _pictures("s1_7.png", "s1_8.png") | twins,
            "captions.csv",
            options=options,
            fields={"group": {"distance_m": 10}},
        ),
    ]


def _text_sets() -> list[SmallSet]:
    images = _pictures("train/a.png", "train/b.png")
    yolo = {"labels/train/a.txt": b"0 0.5 0.5 0.25 0.125\n1 0.25 0.125 0.5 0.25 0.375 0.5 0.125 0.375\n"}
    dota = b"imagesource:GF3\ngsd:1.5\n10 5 30 10 28 18 8 13 ore-oil 0\n5,4,7,4,7,8,5,8,Law Enforce,1\n"
    yaml_options = {"classes": "data.yaml", "without_txt": "no_objects"}
    named = {"data.yaml": b"path: ../sets\nnc: 2\nnames:\n  0: ship\n  1: oil tank\n"}
    return [
        SmallSet("yolo", images | yolo | named, "labels", options=yaml_options),
        SmallSet(
            "yolo",
            _pictures("train/a.png") | yolo | {"labels/classes.txt": b"ship\noil tank\n"},
            "labels",
            options={"classes": "labels/classes.txt"},
        ),
        SmallSet("dota", images | {"labels/a.txt": dota, "labels/b.txt": dota}, "labels"),
    ]


def _xml_sets() -> list[SmallSet]:
    images = _pictures("a.png", "b.png")
    size = f"<size><width>{SIDE_PX}</width><height>{SIDE_PX}</height></size>"
    box = "<bndbox><xmin>8</xmin><ymin>6</ymin><xmax>33.5</xmax><ymax>26</ymax></bndbox>"
    turned = "<robndbox><cx>30</cx><cy>20</cy><w>12</w><h>6</h><angle>1.57</angle></robndbox>"
    points = "".join(f"<{axis}{number}>{number * 3}</{axis}{number}>" for number in (1, 2, 3, 4) for axis in "xy")
    rotated = points.replace("<x3>9<", "<x3>30<").replace("<y4>12<", "<y4>1<")
    objects = f"<object><name>ship</name>{box}</object><object><name>tank</name>{turned}</object>"
    objects += f"<object><name>ship</name>{box}<rotated_bndbox>{rotated}</rotated_bndbox></object>"
    voc = "<annotation><filename>{name}</filename>" + size + objects + "</annotation>"
    many = f"<annotations>{voc.format(name='a.jpg')}{voc.format(name='b.jpg')}</annotations>"
    corners = "".join(f"<point>{point}</point>" for point in ("10,5", "30,10", "28,18", "8,13", "10,5"))
    plane = f"<object><possibleresult><name>A220</name></possibleresult><points>{corners}</points></object>"
    fair = "<annotation><source><filename>{name}</filename></source>" + f"{size}<objects>{plane}</objects></annotation>"
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    labels = {f"labels/{stem}.xml": (head + voc.format(name=f"{stem}.png")).encode() for stem in "ab"}
    return [
        SmallSet("voc", images | labels, "labels", options={"corners": "stated"}),
        SmallSet("voc", images | {"all.xml": (head + many).encode()}, "all.xml"),
        SmallSet("fair", images | {"labels/a.xml": (head + fair.format(name="a.tif")).encode()}, "labels"),
    ]


def _tool_sets() -> list[SmallSet]:
    images = _pictures("a.png", "b.png")
    outline = [[8, 12], [32, 6], [33, 20], [10, 26]]
    shapes = [
        {"label": "ship", "points": outline, "shape_type": "polygon", "group_id": 1},
        {"label": "tank", "points": outline[::2], "shape_type": "rectangle", "group_id": None},
        {"label": "tank", "points": outline[:2], "shape_type": "circle", "flags": {}},
    ]
    labelme = {"version": "5.4.1", "imagePath": "../images/a.png", "imageData": None, "flags": {}, "shapes": shapes}
    labelme |= {"imageHeight": SIDE_PX, "imageWidth": SIDE_PX}
    cvat = (
        '<annotations><version>1.1</version><image id="0" name="a.png" subset="train" width="64" height="64">'
        '<box label="ship" xtl="8" ytl="6" xbr="33" ybr="20" rotation="12.5"/><tag label="port"/>'
        '<polygon label="ship" points="8,12;32,6;33,20"/><ellipse label="tank" cx="20" cy="20" rx="4" ry="3"/>'
        '<mask label="tank" rle="1,3,1,2,1" left="4" top="6" width="4" height="2"/></image></annotations>'
    )
    rows = [
        {"file_name": "a.png", "text": "A ship.", "captions": "['A ship.', 'One ship.']", "label": "port"},
        {"file_name": "b.png", "question": "Where?", "answer": "Here.", "objects": {"bbox": [[1, 2, 9, 5]]}},
    ]
    rows[1]["objects"] |= {"categories": ["ship"]}
    lines = "\n".join(map(json.dumps, rows)).encode()
    coco = {
        "images": [{"id": 1, "file_name": "/d/a.png"}, {"id": "2", "file_name": "b.png"}],
        "annotations": [{"image_id": 1, "caption": "A ship."}, {"image_id": 2, "caption": "Open sea."}],
    }
    tree = {"t/train/images/a.png": PICTURE, "t/valid/images/b.png": PICTURE}
    tree |= {f"t/{split}/labels/{stem}.txt": b"0.0e+00 .5 .5 .2 .1\n0 .1 .1 .5 .1 .5 .5\n" for split, stem in _TREE}
    tree |= {"t/data.yaml": b"train: ../train/images\nval: valid/images\nnc: 1\nnames: [ship]\n"}
    tree = {name.replace("t/", "images/", 1): data for name, data in tree.items()}
    return [
        SmallSet("labelme", images | {"labels/a.json": _json(labelme)}, "labels", options={"corners": "polygons"}),
        SmallSet("cvat", images | {"cvat.xml": cvat.encode()}, "cvat.xml", options={"corners": "polygons"}),
        SmallSet("hf_folder", images | {"images/metadata.jsonl": lines}, "images"),
        SmallSet("captions", images | {"metadata.jsonl": lines}, "metadata.jsonl"),
        SmallSet("captions", images | {"coco.json": _json(coco)}, "coco.json", options={"prefix": "/d/"}),
        SmallSet("yolo", tree, "images/data.yaml", options={"shapes": "polygons"}),
    ]


_TREE = (("train", "a"), ("valid", "b"))


def _mask_sets() -> list[SmallSet]:
    indices = (speckle(SIDE_PX, SIDE_PX) > 60).astype(np.uint8)
    bgr = np.where(indices[..., None], (255, 0, 0), (0, 255, 0)).astype(np.uint8)
    by_index = {"classes": {0: "clutter", 1: "target", 2: "shadow"}, "objects": ["target"], "min_area_px": 3}
    by_colour = {"classes": {"#0000ff": "water", "#00ff00": "forest"}, "ignore": ["#000000"]}
    palette = {"classes": {"#ff0000": "water", "#00ff00": "forest"}, "ignore": ["#000000"]}
    image = {"images/a.png": PICTURE}
    masks = [
        ("a.png", encoded(".png", indices), by_index),
        ("a.tif", raster(indices[None], compress="deflate"), by_index),
        ("a.bmp", encoded(".bmp", bgr), by_colour),
        ("a.png", raster(indices[None] + 1, "PNG", palette=True), palette),
    ]
    return [SmallSet("masks", image | {f"masks/{name}": data}, "masks", options=rules) for name, data, rules in masks]


def _chip_sets() -> list[SmallSet]:
    ship = (
        "<ship><SARShipInformation><Center_x>{x}</Center_x><Center_y>111</Center_y><Center_longitude>1.18e+02"
        "</Center_longitude><Center_latitude>3.88e+01</Center_latitude><Incidence>33.1</Incidence></SARShipInformation>"
        "<AISShipInformation><Length>179</Length><Width>27</Width></AISShipInformation><MarineTrafficInformation>"
        "<Elaborated_type>Bulk Carrier</Elaborated_type></MarineTrafficInformation></ship>"
    )
    attributes = {"azimuth_spacing": 10, "range_spacing": 9.9, "azimuth_looks": 1, "range_looks": 5, "srgr_flag": 0}
    product = "".join(f'<attrib name="{name}" value="{value}"/>' for name, value in attributes.items())
    patch = raster(speckle(1, SIDE_PX, SIDE_PX))
    ships = {f"images/P/Patch_Uint8/Visual_Cargo_x{x}_y111_vv.tif": patch for x in (1, 2)}
    ships |= {"images/P/Ship.xml": f"<ShipList>{ship.format(x=1)}{ship.format(x=2)}<\\ShipList>".encode()}
    ships |= {"images/P/Metadata.xml": f"<product>{product}</product>".encode()}
    corner = "row and column of a scene"
    patches = {f"images/{corner}/s_{row}_{column}.png": PICTURE for row, column in ((0, 0), (0, 30), (90, 0))}
    overlap = {"group": {"pattern": r"(?P<scene>\w)_(?P<row>-?\d+)_(?P<column>-?\d+)", "overlap_px": SIDE_PX}}
    return [
        SmallSet("opensarship", ships),
        SmallSet("folders", patches, fields=overlap),
        SmallSet(
            "phoenix",
            {"images/17_DEG/HB1.017": phoenix_chip(), "images/15_DEG/HB1.015": phoenix_chip(12)},
            options={"split_by_depression": {15: "test"}},
        ),
    ]


def real_sets(shared: Path) -> list[SmallSet]:
    """Return sets cut from the real data in ``shared``."""
    return [
        *_real_ssdd(shared / "ssdd"),
        _real_aircraft(shared / "sar_aircraft"),
        *_real_captions(shared),
        _real_masks(shared / "mstar_soc10"),
        _real_flood(shared / "s1_geotiff" / "sen1floods11_sample"),
        _real_ships(shared / "opensarship"),
        *_real_images(shared),
    ]


def _real_ssdd(folder: Path) -> list[SmallSet]:
    data = json.loads((folder / "coco.json").read_text())
    entries = sorted(data["images"], key=lambda entry: (folder / "images" / entry["file_name"]).stat().st_size)[:3]
    ids = {entry["id"] for entry in entries}
    chosen = [annotation for annotation in data["annotations"] if annotation["image_id"] in ids]
    names = [entry["file_name"] for entry in entries]
    images = {f"images/{name}": (folder / "images" / name).read_bytes() for name in names}
    labels = [folder / "voc" / f"{PurePosixPath(name).stem}.xml" for name in names]
    few = data | {"images": entries, "annotations": chosen}
    stated = {"corners": "stated"}
    return [
        SmallSet("coco", images | {"coco.json": _json(few)}, "coco.json", options={"corners": "polygons"}),
        SmallSet("voc", images | {f"voc/{path.name}": path.read_bytes() for path in labels}, "voc", options=stated),
    ]


def _real_aircraft(folder: Path) -> SmallSet:
    text = (folder / "annotations.xml").read_text()
    few = text[: text.index("</annotation>", 2000) + len("</annotation>")]
    names = [part.split("</filename>")[0] for part in few.split("<filename>")[1:]]
    root = few[few.index("<", few.index("?>") if "?>" in few else 0) :].split(">")[0].strip("<").split()[0]
    closed = few if root == "annotation" else f"{few}</{root}>"
    return SmallSet("voc", _pictures(*names) | {"all.xml": closed.encode()}, "all.xml")


def _real_captions(shared: Path) -> list[SmallSet]:
    captions = json.loads((shared / "rsicd" / "captions.json").read_text())[:3]
    names = [entry["filename"] for entry in captions]
    images = {f"images/{name}": (shared / "rsicd" / "images" / name).read_bytes() for name in names}
    counting = json.loads((shared / "sareval" / "Ship_Counting.json").read_text())[:2]
    pairs = json.loads((shared / "s1s2_pairs" / "metadata.json").read_text())[:2]
    named = [entry["fragment_filename"] for entry in pairs]
    twins = [{"filename": name, "captions": ["A field beside a river."]} for name in named]
    return [
        SmallSet("captions", images | {"captions.json": _json(captions)}, "captions.json"),
        SmallSet(
            "conversations",
            _pictures(*(entry["image_path"] for entry in counting)) | {"talk.json": _json(counting)},
            "talk.json",
        ),
        SmallSet(
            "pairs",
            _pictures(*named) | {"captions.json": _json(twins), "places.json": _json(pairs)},
            "captions.json",
            options={"metadata": "places.json"},
        ),
    ]


def _real_masks(folder: Path) -> SmallSet:
    image = sorted((folder / "images" / "T72").iterdir())[0]
    (mask,) = (folder / "masks" / "T72").glob(f"{image.stem}.*")
    return SmallSet(
        "masks",
        {f"images/T72/{image.name}": image.read_bytes(), f"masks/T72/{mask.name}": mask.read_bytes()},
        "masks",
        options={"classes": {0: "clutter", 1: "target", 2: "shadow"}, "objects": ["target"], "labels": "folders"},
    )


def _real_flood(folder: Path) -> SmallSet:
    label = next((folder / "Labels").glob("*.tif")).read_bytes()
    options = {"classes": {0: "land", 1: "water"}, "ignore": [-1]}
    picture = encoded(".png", speckle(512, 512) // 64)
    return SmallSet("masks", {"images/a.png": picture, "masks/a.tif": label}, "masks", options=options)


def _real_ships(folder: Path) -> SmallSet:
    product = min(folder.iterdir(), key=lambda path: (path / "Ship.xml").stat().st_size)
    patches = sorted((product / "Patch_Uint8").iterdir())
    paths = [*patches, product / "Ship.xml", next(path for path in product.glob("*.xml") if path.name != "Ship.xml")]
    return SmallSet("opensarship", {f"images/P/{path.relative_to(product)}": path.read_bytes() for path in paths})


def _real_images(shared: Path) -> list[SmallSet]:
    chip = min((shared / "mstar_raw_complex").rglob("HB*"))
    cal = min((shared / "opensarship").glob("*/Patch_Cal/*.tif"), key=lambda path: path.stat().st_size)
    examples = [
        ("jpeg grey", min((shared / "sar_ship_dataset_12").glob("*.jpg"), key=lambda path: path.stat().st_size), {}),
        ("jpeg colour", min((shared / "rsicd" / "images").iterdir()), {}),
        ("tiff 16", min((shared / "slc_landcover8" / "water").iterdir()), {"quantity": "amplitude"}),
        ("tiff float", cal, {"quantity": "intensity"}),
        ("phoenix", chip, {}),
    ]
    sets = [
        SmallSet(f"image: {kind}", {f"images/ship/{path.name}": path.read_bytes()}, format="folders", fields=fields)
        for kind, path, fields in examples
    ]
    scenes = [
        (shared / "s1_geotiff" / "sarclip_example" / "example.tif", {"quantity": "decibel"}),
        (shared / "s1_geotiff" / "sen1floods11_sample" / "S1" / "Spain_7370579_S1Hand.tif", {"quantity": "decibel"}),
    ]
    return sets + [
        SmallSet("image: geotiff", {"images/sea/a.tif": _corner_of(path)}, format="folders", fields=fields)
        for path, fields in scenes
    ]


def _corner_of(path: Path, side_px: int = 64) -> bytes:
    """Return the upper left corner of a scene as a file of the same kind."""
    with rasterio.open(path) as scene:
        pixels = scene.read(window=((0, side_px), (0, side_px)))
        profile = {"crs": scene.crs, "transform": scene.transform, "nodata": scene.nodata}
    return raster(pixels, **profile)
