"""Ways to damage a set of files: each takes the set as it lies on disk, and one of its files."""

import json
import os
import re
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

from rasterio.io import MemoryFile
from small_sets import image_files, raster, speckle

from sarvl.annotations.image_files import is_image_name

sys.path.append(str(Path(__file__).resolve().parents[1] / "annotations"))
from damage import damaged, damaged_value

DEPTH = 100_000
HUGE = (
    *(b"1e308", b"-1e308", b"1e400", b"1e-400", str(2**63).encode(), str(-(2**31)).encode(), b"9" * 5000),
    *(b"9" * 4299, b"0x" + b"f" * 5000, b"NaN", b"-Infinity", b"inf", b".inf", b".nan", b"1_0", b"1:2:3", b"-0.0"),
)
CLIMBING = (
    *(
        "../../outside/secret.txt",
        "../outside/a.png",
        "/etc/hostname",
        "//etc/hostname",
        "a.png\0",
        "a\0.png",
        "\ud800",
    ),
    *("..\\..\\outside\\a.png", "C:\\a.png", "\\\\host\\a.png", "x" * 5000, "x/" * 3000, ".", "..", "", "/", "a.png/"),
    *(
        "a.png/..",
        "images/../../outside/a.png",
        "file:///etc/hostname",
        "~/a.png",
        "$HOME/a.png",
        "a.png\n",
        "*",
        "\u202e",
    ),
)
ODD_NAMES = (
    *(b"line\nbreak", b"\x1b[31mred", b"not utf-8 \xff\xfe", b"-rf", b" ", b"'\"$(x)`", b"\xe2\x80\xae", b"%s{0}{x}"),
    *(b"y" * 240, b"..", b"\\", b"\r", b"*?[a]", b"a:b", b"GTIFF_DIR:1:a", b"<a>&lt;", b"\xc2\x85"),
)
SIZES = ((0, 0), (1, 2**31 - 1), (30_000, 30_000), (65_535, 65_535), (2**32 - 1, 2**32 - 1), (4_000, 4_000), (41, 40))
SET, OUTSIDE = "set", "outside"  # the folder of the set, and one beside it that holds SECRET
SECRET = "hidden-7f3a9c"

Damage = Callable[[Path, Random], None]


def _on_bytes(change: Callable[[bytes, Random], bytes]) -> Damage:
    """Return the damage that rewrites a file."""

    def damage(path: Path, random: Random) -> None:
        path.write_bytes(change(path.read_bytes(), random))

    return damage


def cut(data: bytes, random: Random) -> bytes:
    """Return the beginning of a file."""
    return data[: random.randrange(len(data))]


def flip_bits(data: bytes, random: Random) -> bytes:
    """Return a file with 1 to 200 bits flipped."""
    held = bytearray(data)
    # Half of them near the front, where the headers are.
    reach = len(held) if random.random() < 0.5 else min(len(held), 200)
    for _ in range(1 + int(200 * random.random() ** 3)):
        held[random.randrange(reach)] ^= 1 << random.randrange(8)
    return bytes(held)


def change_range(data: bytes, random: Random) -> bytes:
    """Return a file with a range set to zero, repeated, moved or left out."""
    start = random.randrange(len(data))
    part = data[start : start + random.randrange(1, 400)]
    rest = data[start + len(part) :]
    middle = random.choice([bytes(len(part)), part * 2, part * 50, b"", part[::-1]])
    return data[:start] + middle + rest


def recode(data: bytes, random: Random) -> bytes:
    """Return a text in another encoding, or the wrong bytes in front of it."""
    text = data.decode("utf-8", "replace")
    ways = [
        lambda: text.encode("utf-16"),
        lambda: text.encode("utf-32-be"),
        lambda: b"\xef\xbb\xbf" + data,
        lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + data,
        lambda: re.sub(rb"[aeiou]", b"\xe9", data),
        lambda: re.sub(rb"[aeiou]", b"\0", data),
        lambda: data.replace(b"utf-8", random.choice([b"utf-16", b"cp037", b"no-such", b"utf-7", b"idna", b"hex"])),
        lambda: data.replace(b"\n", random.choice([b"\r", b"\r\n", b"\xe2\x80\xa8", b"\x0b", b"\0\n"])),
        lambda: bytes(random.randrange(256) for _ in range(300)),
        lambda: b"",
        lambda: b"\n" * 300,
    ]
    return random.choice(ways)()


def replace_words(data: bytes, random: Random) -> bytes:
    """Return a file with words or values replaced by hostile ones."""
    value = _json_of(data) if random.random() < 0.6 else None
    if value is None:
        return damaged(data, random)
    for _ in range(random.randrange(1, 4)):
        value = damaged_value(value, random)
    return json.dumps(value).encode()


def _json_of(data: bytes) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return None


def huge_numbers(data: bytes, random: Random) -> bytes:
    """Return a text with one to three numbers replaced by ones that no type holds."""
    for _ in range(random.randrange(1, 4)):
        number = random.choice(list(re.finditer(rb"-?\d[\d.]*", data)) or [re.search(rb"\w+", data)])
        data = data[: number.start()] + random.choice(HUGE) + data[number.end() :]
    return data


def nest_deeply(data: bytes, random: Random) -> bytes:
    """Return a text with a hundred thousand brackets, quotes or the like put in place of a word."""
    nests = [
        *(
            b"[" * DEPTH,
            b"[" * DEPTH + b"]" * DEPTH,
            b'{"a":' * DEPTH,
            b"<a>" * DEPTH,
            b"<a>" * DEPTH + b"</a>" * DEPTH,
        ),
        *(b"(" * DEPTH, b"{<1>" * DEPTH, b" " * DEPTH, b"\t" * DEPTH, b'"' * DEPTH, b'""' * DEPTH, b"\n" * DEPTH),
        *(
            b"_x1_y1" * DEPTH,
            b"a" * DEPTH,
            b"&" * DEPTH,
            b"- " * DEPTH,
            b"? " * DEPTH,
            b"<image>" * DEPTH,
            b"<!--" * DEPTH,
        ),
        *(b"0," * DEPTH, b"( " * DEPTH, b"{ <" * DEPTH, b"\\" * DEPTH, b"<image" * DEPTH, b"POLYGON(" * DEPTH),
    ]
    word = random.choice(list(re.finditer(rb"[\w.+-]+|(?<=[>\[{,])", data)))
    return data[: word.start()] + random.choice(nests) + data[word.end() :]


def repeat_keys(data: bytes, random: Random) -> bytes:
    """Return a text with one of its lines, elements or members standing twice, the second with another value."""
    found = list(re.finditer(rb'"\w+": [^,\n]*,|<(\w+)>[^<]*</\1>|<[^<>]+/>|[^\n]+\n?', data))
    part = random.choice(found)
    again = re.sub(rb"\d+", b"7", part[0]) if random.random() < 0.5 else part[0]
    return data[: part.end()] + again * random.choice([1, 1, 300]) + data[part.end() :]


def expand_entities(data: bytes, random: Random) -> bytes:
    """Return XML, or a YAML of the same kind, whose entities grow beyond all bounds or come from other files."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    doctypes = [
        f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]>',
        f'<!DOCTYPE a [<!ENTITY l11 "{"x" * 100_000}">]>',
        '<!DOCTYPE a [<!ENTITY l11 SYSTEM "../outside/secret.txt">]>',
        '<!DOCTYPE a [<!ENTITY l11 SYSTEM "file:///dev/zero">]>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "../outside/secret.txt"> %p;]>',
        '<!DOCTYPE a SYSTEM "../outside/secret.txt">',
        '<!DOCTYPE a [<!ATTLIST name b CDATA "x">]>',
    ]
    if b"<" not in data:
        merges = "".join(f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}]}}\n" for n in range(1, 12))
        laughing = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
        aliases = [f"m0: &m0 {{0: ship}}\n{merges}names: *m11\n", f"l0: &l0 [ha]\n{laughing}names: *l11\n"]
        others = ["names: &n [*n]\n", "names: !!python/object/apply:os.getcwd []\n", "names: {? {a: b} : c}\n"]
        others.append(f"names:\n  ? 0x{'f' * 5000}\n  : c\n")
        return data + random.choice(aliases + others).encode()
    head, _, rest = data.partition(b"?>") if data.startswith(b"<?") else (b"", b"", data)
    text = re.sub(rb">[^<>\s]+<", b">" + b"&l11;" * random.choice([1, 1, 1000]) + b"<", rest, count=2)
    return (head + b"?>" if head else b"") + random.choice(doctypes).encode() + text


def climb(data: bytes, random: Random) -> bytes:
    """Return a text with a file name replaced by one that leads elsewhere."""
    name = random.choice(CLIMBING)
    written = json.dumps(name).encode()[1:-1] if data.lstrip()[:1] in {b"[", b"{"} else name.encode("utf-8", "replace")
    found = list(re.finditer(rb"[\w./-]+\.(png|jpe?g|tiff?|bmp)|(?<=\")\w+(?=\",)", data)) or [re.search(rb"\w+", data)]
    place = random.choice(found)
    return data[: place.start()] + written + data[place.end() :]


def declare_size(data: bytes, random: Random) -> bytes:
    """Return an image whose header announces another size, its checksums right."""
    width, height = random.choice(SIZES)
    if data.startswith(b"\x89PNG"):
        header = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
        return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]
    if data.startswith(b"\xff\xd8"):
        frame = re.search(rb"\xff[\xc0-\xc2]", data).start() + 5
        return data[:frame] + struct.pack(">HH", height & 0xFFFF, width & 0xFFFF) + data[frame + 4 :]
    if data.startswith(b"BM"):
        return data[:18] + struct.pack("<II", width, height) + data[26:]
    if data.startswith(b"II*\0"):
        return _with_tags(data, {256: width, 257: height} if random.random() < 0.5 else _random_tag(random))
    return data.replace(b"Columns= 1", f"Columns= {width}".encode()).replace(b"Rows= 1", f"Rows= {height}".encode())


def _random_tag(random: Random) -> dict[int, int]:
    """Bits, compression, colours, rows a strip, strip bytes, samples, tile sizes, predictor, sample format, offsets."""
    tag = random.choice([258, 259, 262, 273, 277, 278, 279, 284, 317, 322, 323, 324, 325, 330, 339, 33550, 34735])
    return {tag: random.choice([0, 1, 2, 3, 5, 6, 7, 8, 32946, 34712, 50000, 65535, 2**31, 2**32 - 1])}


def _with_tags(data: bytes, values: dict[int, int]) -> bytes:
    """Return a little-endian TIFF with other values of tags in its first directory."""
    held = bytearray(data)
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    for place in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from("<HH", data, place)
        if tag in values:
            short = kind == 3 and values[tag] < 65536
            held[place + 2 : place + 12] = struct.pack("<HII", 3 if short else 4, 1, values[tag])
    return bytes(held)


def bomb(data: bytes, random: Random) -> bytes:
    """Return an image of a few kilobytes that is huge once it is decoded, with the ending that ``data`` had."""
    side = random.choice([30_000, 30_000, 2_000])
    if data.startswith(b"\x89PNG"):
        return png_bomb(side, random.choice([0, 2, 6]), random.choice([8, 16]))
    if data[:2] == b"II":
        kind, bands = random.choice(
            [("uint8", 1), ("float32", 1), ("complex128", 4), ("uint8", 1000), ("float64", 300)]
        )
        sparse = {"SPARSE_OK": True, "tiled": random.random() < 0.5, "BIGTIFF": "YES"}
        return sparse_tiff(side if bands < 300 else side // 20, bands, kind, **sparse)
    return data + bytes(2**26)


def png_bomb(side: int, colour: int, bits: int) -> bytes:
    """Return a PNG of zeros: one compressed megabyte, repeated (a full flush makes that valid)."""
    bands = {0: 1, 2: 3, 6: 4}[colour]
    total = (side * bands * bits // 8 + 1) * side
    packer = zlib.compressobj(9)
    start = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, wbits=-15)
    tail = end.compress(bytes(total % 2**20)) + end.flush() + struct.pack(">I", (total % 65521) << 16 | 1)
    header = struct.pack(">IIBBBBB", side, side, bits, colour, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", start + block * (total // 2**20) + tail), (b"IEND", b"")]
    written = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def sparse_tiff(side: int, bands: int, kind: str, **profile: object) -> bytes:
    """Return a TIFF without any samples stored."""
    with MemoryFile() as memory:
        memory.open(driver="GTiff", width=side, height=side, count=bands, dtype=kind, **profile).close()
        return bytes(memory.read())


def other_image(data: bytes, random: Random) -> bytes:
    """Return an image of another kind or size."""
    others = [held for _, held in image_files().values()]
    others += [raster(speckle(1, 3, 400)), raster(speckle(5, 40, 40)), raster(speckle(1, 40, 40).astype("float64") / 7)]
    return random.choice(others)


def _in_its_place(path: Path, random: Random) -> None:
    """Put a folder, a link, a pipe or a file beyond all limits where the file was."""
    outside = next(folder for folder in path.parents if folder.name == SET).with_name(OUTSIDE) / path.name
    outside.write_bytes(path.read_bytes())
    path.unlink()
    ways = [
        path.mkdir,
        lambda: path.symlink_to(outside),
        lambda: path.symlink_to("/no/such/file"),
        lambda: path.symlink_to(path.name),
        lambda: path.symlink_to("/dev/zero"),
        lambda: path.symlink_to("/dev/null"),
        lambda: path.symlink_to(outside.parent),
        lambda: os.mkfifo(path),
        lambda: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 2**33),
        lambda: None,
    ]
    random.choice(ways)()


def odd_name(path: Path, random: Random) -> None:
    """Give the file a name that is hard to print, to write or to find, its ending kept."""
    name = random.choice(ODD_NAMES) + os.fsencode(path.suffix)
    path.rename(path.with_name(os.fsdecode(name)))


_ANY = {
    "cut": _on_bytes(cut),
    "bits": _on_bytes(flip_bits),
    "range": _on_bytes(change_range),
    "place": _in_its_place,
    "name": odd_name,
}
_TEXT = {
    "words": _on_bytes(replace_words),
    "encoding": _on_bytes(recode),
    "numbers": _on_bytes(huge_numbers),
    "depth": _on_bytes(nest_deeply),
    "keys": _on_bytes(repeat_keys),
    "climb": _on_bytes(climb),
}
_ENTITIES = {"entities": _on_bytes(expand_entities)}
_IMAGE = {"size": _on_bytes(declare_size), "bomb": _on_bytes(bomb), "other": _on_bytes(other_image)}
_PHOENIX = {"words": _on_bytes(replace_words), "numbers": _on_bytes(huge_numbers), "other": _on_bytes(other_image)}


def damages_of(name: str) -> dict[str, Damage]:
    """Return the kinds of damage that a file of this name can have."""
    if not is_image_name(name):
        return _ANY | _TEXT | (_ENTITIES if name.endswith((".xml", ".yaml")) else {})
    return _ANY | (_PHOENIX if name[-3:].isdigit() else _IMAGE)
