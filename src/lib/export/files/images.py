"""Reads a pack of images as arrays, and makes one of your own pictures again from their folder.

    python images.py FOLDER --pack data    makes the pack in data again from the pictures in FOLDER

Needs NumPy; making a pack again needs Pillow too. data/images.csv names the pictures, their classes and parts;
data/images.json says how each becomes an image: cut or padded, scaled by the mean over the area of each pixel.
"""

import argparse
import csv
import gzip
import hashlib
import json
import unicodedata
from pathlib import Path

import numpy

BACKGROUNDS = {"white": 255, "grey": 128, "black": 0}
PER_SHARD = 1000


def load(folder):
    """Pixels [N, H, W, C] and labels [N] of both parts, as bytes, with the manifest."""
    folder = Path(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    parts = {}
    for part, info in manifest["splits"].items():
        pixels, labels = [], []
        for shard in info["shards"]:
            contents = numpy.frombuffer(gzip.decompress((folder / shard["file"]).read_bytes()), numpy.uint8)
            cut = len(contents) - shard["count"]
            pixels.append(contents[:cut].reshape(shard["count"], *manifest["shape"]))
            labels.append(contents[cut:])
        parts[part] = numpy.concatenate(pixels), numpy.concatenate(labels)
    return parts, manifest


def values(path, channels, background, deep):
    """A picture as numbers from 0 to 255 before its background, [height, width, channels]."""
    from PIL import Image, ImageOps

    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode in ("P", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    elif picture.mode == "1":
        picture = picture.convert("L")
    elif picture.mode not in ("L", "LA", "RGB", "RGBA", "I", "I;16", "I;16B"):
        picture = picture.convert("RGB")
    numbers = numpy.asarray(picture).astype("float64")
    if numbers.ndim == 2:
        numbers = numbers[:, :, None]
    if picture.mode.startswith("I"):
        black, white = deep
        numbers = ((numbers - black) * (255 / (white - black))).clip(0, 255)
    if picture.mode in ("LA", "RGBA"):
        numbers, alpha = numbers[:, :, :-1], numbers[:, :, -1:] / 255
        numbers = background + (numbers - background) * alpha
    if channels == 1 and numbers.shape[2] == 3:
        numbers = (numbers * [0.299, 0.587, 0.114]).sum(2, keepdims=True)
    if channels == 3 and numbers.shape[2] == 1:
        numbers = numbers.repeat(3, 2)
    return numbers


def shares(size, cells):
    """Share of each of `size` pixels in each of `cells` that are laid over them, [cells, size]; rows add up to 1."""
    edges = numpy.arange(cells + 1) * (size / cells)
    pixels = numpy.arange(size)
    covered = numpy.minimum(edges[1:, None], pixels + 1) - numpy.maximum(edges[:-1, None], pixels)
    return covered.clip(0) / (size / cells)


def area_average(numbers, rows, columns):
    """Scales [height, width, channels] so that each new pixel is the mean of what it covers."""
    height, width, _ = numbers.shape
    narrow = numpy.einsum("xw,hwc->hxc", shares(width, columns), numbers)
    return numpy.einsum("yh,hxc->yxc", shares(height, rows), narrow)


def to_image(numbers, side, fit, background, turn):
    """The bytes of a square image, [side, side, channels]."""
    height, width, channels = numbers.shape
    if fit == "cut":
        square = min(height, width)
        top, left = (height - square) // 2, (width - square) // 2
        image = area_average(numbers[top : top + square, left : left + square], side, side)
    else:
        longest = max(height, width)
        scale = 1 if longest == side - 1 else side / longest
        rows, columns = (max(1, int(numpy.floor(edge * scale + 0.5))) for edge in (height, width))
        image = numpy.full((side, side, channels), float(background))
        top, left = (side - rows) // 2, (side - columns) // 2
        image[top : top + rows, left : left + columns] = area_average(numbers, rows, columns)
    image = numpy.floor(image + 0.5).astype("uint8")
    if turn == "transpose":
        return image.transpose(1, 0, 2)
    return numpy.rot90(image, -int(turn) // 90) if turn != "none" else image


def find(folder):
    """The files of a folder by their names: names are compared in Unicode's composed form."""
    files = {}
    for path in Path(folder).rglob("*"):
        if path.is_file():
            files[unicodedata.normalize("NFC", path.relative_to(folder).as_posix())] = path
    return files


def make(folder, pack):
    """Makes the shards of a pack again from the pictures in a folder."""
    pack = Path(pack)
    options = json.loads((pack / "images.json").read_text(encoding="utf-8"))
    manifest = json.loads((pack / "manifest.json").read_text(encoding="utf-8"))
    files = find(folder)
    background = BACKGROUNDS[options["background"]]
    images, labels = {"train": [], "test": []}, {"train": [], "test": []}
    with open(pack / "images.csv", encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            # The folder may be the set's own or one above or below it.
            names = row["file"].split("/")
            path = next((files[name] for i in range(len(names)) if (name := "/".join(names[i:])) in files), None)
            if path is None:
                path = next((files[name] for name in files if name.endswith("/" + row["file"])), None)
            if path is None:
                raise SystemExit(f"{folder}: has no file {row['file']}")
            numbers = values(path, options["channels"], background, options["range"])
            image = to_image(numbers, options["side"], options["fit"], background, options["turn"])
            images[row["part"]].append(image)
            labels[row["part"]].append(manifest["classes"].index(row["class"]))
    for part, shards in ((part, manifest["splits"][part]["shards"]) for part in images):
        for shard, start in zip(shards, range(0, len(images[part]), PER_SHARD)):
            pixels = numpy.stack(images[part][start : start + PER_SHARD])
            own = numpy.array(labels[part][start : start + PER_SHARD], "uint8")
            packed = gzip.compress(pixels.tobytes() + own.tobytes(), mtime=0)
            (pack / shard["file"]).write_bytes(packed)
            shard.update(count=len(own), bytes=len(packed), sha256=hashlib.sha256(packed).hexdigest())
        manifest["splits"][part]["count"] = len(images[part])
    (pack / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="the folder of pictures that was brought to the app")
    parser.add_argument("--pack", default="data", help="the pack's folder, with images.csv and images.json")
    arguments = parser.parse_args()
    make(arguments.folder, arguments.pack)
