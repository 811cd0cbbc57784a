"""Reads the images of a data set, from the browser's data pack or from CIFAR-10's binary files."""

from pathlib import Path

import numpy
import torch
from torch.nn import functional as F

import order
from images import load


class DataSet:
    """Provides images as the networks see them: standardised, and at half size if `halve` is set."""

    def __init__(self, folder, halve, augment):
        folder = Path(folder)
        self.halve, self.augment = halve, augment
        if (folder / "manifest.json").exists():
            self._read_pack(folder)
        elif (folder / "data_batch_1.bin").exists():
            self._read_cifar(folder)
        else:
            raise SystemExit(
                f"{folder}: expected manifest.json of a pack, or data_batch_1.bin of CIFAR-10's binary version"
            )

    def _read_pack(self, folder):
        parts, manifest = load(folder)
        self.mean, self.std = manifest["mean"], manifest["std"]
        self.shard_counts = [shard["count"] for shard in manifest["splits"]["train"]["shards"]]
        self.splits = {}
        for split, (pixels, labels) in parts.items():
            self._add(split, pixels, labels)

    def _read_cifar(self, folder):
        self.splits = {}
        files = {"train": [f"data_batch_{i}.bin" for i in range(1, 6)], "test": ["test_batch.bin"]}
        for split, names in files.items():
            parts = [folder / name for name in names if (folder / name).exists()]
            records = numpy.concatenate(
                [numpy.frombuffer(part.read_bytes(), numpy.uint8).reshape(-1, 3073) for part in parts]
            )
            pixels = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
            if split == "train":
                self.shard_counts = [1000] * (len(records) // 1000)
                self.mean = (pixels.mean((0, 1, 2)) / 255).tolist()
                self.std = (pixels.std((0, 1, 2)) / 255).tolist()
            self._add(split, pixels, records[:, 0])

    def _add(self, split, pixels, labels):
        images = torch.from_numpy(pixels.copy()).permute(0, 3, 1, 2)
        self.splits[split] = images, torch.from_numpy(labels.astype("int64"))

    def _standardised(self, pixels):
        images = pixels.float() / 255  # 32-bit, as in the browser, even with --double
        if self.halve:
            images = F.avg_pool2d(images, 2)
        mean = torch.tensor(self.mean, dtype=torch.float32).view(1, -1, 1, 1)
        std = torch.tensor(self.std, dtype=torch.float32).view(1, -1, 1, 1)
        images = (images - mean) / std
        # Pads to multiples of 4, because the networks halve the sides twice; zero is the mean colour.
        (top, bottom), (left, right) = (((-side % 4) // 2, -side % 4 - (-side % 4) // 2) for side in images.shape[2:])
        return F.pad(images, (left, right, top, bottom))

    def train_batch(self, indices, seed, step):
        """Returns images [N, C, H, W] and labels; steps count from 0."""
        pixels, labels = self.splits["train"]
        images = self._standardised(pixels[indices])
        if self.augment:
            moved = [
                moved_image(image, *move)
                for image, move in zip(images, order.moves(seed, step, len(indices), self.halve))
            ]
            images = torch.stack(moved)
        return images, labels[indices]

    def test_batches(self, count, size=250):
        pixels, labels = self.splits["test"]
        for start in range(0, min(count, len(labels)), size):
            end = min(start + size, count)
            yield self._standardised(pixels[start:end]), labels[start:end]


def moved_image(image, down, right, flip):
    """Shifts an image, filling with zeros, then mirrors it left to right if `flip` is set."""
    height, width = image.shape[1:]
    padding = max(abs(down), abs(right))
    wide = F.pad(image, (padding,) * 4)
    image = wide[:, padding - down : padding - down + height, padding - right : padding - right + width]
    return image.flip(2) if flip else image
