"""
Trains the network of networks.json on ImageNet with the recipe of recipe.json.

    torchrun --nproc_per_node=8 train.py --data imagenet    one process per GPU
    python train.py --data imagenet                         one process

--data contains the folders train and val, each with a folder of images per class. A stopped run resumes after its last
complete epoch; --fresh starts again.
"""

import argparse
import csv
import json
import math
import os
import random
from pathlib import Path

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, DistributedSampler
from torchvision import transforms
from torchvision.datasets import ImageFolder

from networks import NETWORKS, build
from processes import end_processes, share_of, shared, start_processes, summed

# The customary mean and standard deviation of ImageNet's colours.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def main():
    arguments = parse(json.loads(Path("recipe.json").read_text()))
    rank, world, device = start_processes()
    torch.manual_seed(arguments.seed + rank)
    random.seed(arguments.seed + rank)
    # By default PyTorch lets NVIDIA GPUs round the factors in convolutions to 10 bits.
    torch.backends.cudnn.allow_tf32 = arguments.tf32
    run = Run(arguments, rank, world, device)
    run.resume()
    run.train()
    end_processes()


def parse(recipe):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="imagenet", help="folder with train and val (default: imagenet)")
    parser.add_argument("--out", default="run", help="folder for checkpoint, curves and norms (default: run)")
    parser.add_argument("--epochs", type=int, help="default: %(default)s")
    parser.add_argument("--batch", type=int, help="images per step, over all processes (default: %(default)s)")
    parser.add_argument("--rate", type=float, help="learning rate at the start (default: %(default)s)")
    parser.add_argument("--decay", type=float, help="weight decay (default: %(default)s)")
    parser.add_argument(
        "--drops",
        type=int,
        nargs="*",
        metavar="EPOCH",
        help="epochs after which the rate is divided by 10 (default: %(default)s)",
    )
    parser.add_argument(
        "--shorter",
        type=int,
        nargs=2,
        metavar=("FROM", "TO"),
        help="range of the random size of a training image's shorter side (default: %(default)s)",
    )
    parser.add_argument(
        "--probe-every", type=int, default=100, metavar="N", help="write gradient norms every N steps (default: 100)"
    )
    parser.add_argument("--workers", type=int, default=8, help="processes per GPU that read images (default: 8)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tf32", action="store_true", help="faster on NVIDIA GPUs, with factors rounded to 10 bits")
    parser.add_argument("--fresh", action="store_true", help="start again even if there is a checkpoint")
    # The recipe also sets the size of the images, which is not an option.
    parser.set_defaults(**recipe)
    return parser.parse_args()


class Scale:
    """Resizes an image so that its shorter side has a random size within a range (Simonyan and Zisserman 2014)."""

    def __init__(self, smallest, largest):
        self.smallest, self.largest = smallest, largest

    def __call__(self, image):
        return transforms.functional.resize(image, random.randint(self.smallest, self.largest))


def images_of(folder, size, shorter, training):
    """Random crops and flips for training, the central crop for tests."""
    steps = (
        [Scale(*shorter), transforms.RandomCrop(size), transforms.RandomHorizontalFlip()]
        if training
        else [transforms.Resize(round(size * 256 / 224)), transforms.CenterCrop(size)]
    )
    return ImageFolder(folder, transforms.Compose([*steps, transforms.ToTensor(), transforms.Normalize(MEAN, STD)]))


class Run:
    def __init__(self, arguments, rank, world, device):
        self.arguments, self.rank, self.world, self.device = arguments, rank, world, device
        (name,) = NETWORKS
        self.network = build(name).to(device)
        self.model = shared(self.network)
        self.optimiser = torch.optim.SGD(
            self.network.parameters(), arguments.rate, momentum=0.9, weight_decay=arguments.decay
        )
        self.schedule = torch.optim.lr_scheduler.MultiStepLR(self.optimiser, arguments.drops)
        folder = Path(arguments.data)
        self.train_set = images_of(folder / "train", arguments.size, arguments.shorter, training=True)
        self.test_set = images_of(folder / "val", arguments.size, arguments.shorter, training=False)
        self.sampler = DistributedSampler(self.train_set, world, rank, seed=arguments.seed, drop_last=True)
        share = {
            "batch_size": share_of(arguments.batch, world),
            "num_workers": arguments.workers,
            "pin_memory": device.type == "cuda",
        }
        self.train_images = DataLoader(self.train_set, sampler=self.sampler, drop_last=True, **share)
        # Each process tests its own share of the images.
        mine = torch.utils.data.Subset(self.test_set, range(rank, len(self.test_set), world))
        self.test_images = DataLoader(mine, **share)
        self.out = Path(arguments.out)
        self.epoch = self.step = 0

    def train(self):
        if self.rank == 0:
            self.out.mkdir(parents=True, exist_ok=True)
        while self.epoch < self.arguments.epochs:
            self.sampler.set_epoch(self.epoch)
            loss = self.train_epoch()
            self.schedule.step()
            self.epoch += 1
            top1, top5 = self.test()
            if self.rank == 0:
                self.append(
                    "curve.csv",
                    ["epoch", "step", "loss", "top-1 error", "top-5 error"],
                    [self.epoch, self.step, loss, top1, top5],
                )
                print(
                    f"epoch {self.epoch}: loss {loss:.3f}, top-1 error {top1:.2%}, top-5 error {top5:.2%}", flush=True
                )
                self.keep()

    def train_epoch(self):
        """Trains one epoch and returns its mean loss."""
        self.model.train()
        total = torch.zeros(2, device=self.device)
        for images, labels in self.train_images:
            images, labels = images.to(self.device, non_blocking=True), labels.to(self.device, non_blocking=True)
            loss = F.cross_entropy(self.model(images), labels)
            self.optimiser.zero_grad()
            loss.backward()
            if self.step % self.arguments.probe_every == 0:
                self.probe(loss)
            self.optimiser.step()
            self.step += 1
            total += torch.stack([loss.detach(), torch.ones_like(loss)])
        summed(total)
        if not total[1]:
            raise SystemExit(f"{self.arguments.data}: fewer than a batch of {self.arguments.batch} training images")
        return (total[0] / total[1]).item()

    def probe(self, loss):
        """Writes the gradient norm of every parameter, over the whole batch."""
        loss = summed(loss.detach().clone()).item() / self.world
        if not math.isfinite(loss):
            raise SystemExit(f"step {self.step + 1}: the loss is {loss}; a smaller --rate may help")
        if self.rank:
            return
        parameters = list(self.network.named_parameters())
        norms = torch.stack([parameter.grad.norm() for _, parameter in parameters]).tolist()
        self.append("norms.csv", ["step", "loss", *[name for name, _ in parameters]], [self.step + 1, loss, *norms])

    @torch.no_grad()
    def test(self):
        """Returns top-1 and top-5 error on all images of val, one crop each."""
        self.model.eval()
        counts = torch.zeros(3, device=self.device)
        for images, labels in self.test_images:
            best = self.network(images.to(self.device)).topk(5).indices
            right = best == labels.to(self.device)[:, None]
            counts += torch.stack(
                [right[:, 0].sum(), right.any(1).sum(), torch.tensor(len(labels), device=self.device)]
            )
        first, five, count = summed(counts).tolist()
        return 1 - first / count, 1 - five / count

    def append(self, name, head, row):
        file = self.out / name
        new = not file.exists()
        with open(file, "a", newline="") as out:
            writer = csv.writer(out)
            if new:
                writer.writerow(head)
            writer.writerow(row)

    def trim(self, name, last):
        """Removes the rows of an epoch that was stopped and is now repeated."""
        file = self.out / name
        if file.exists():
            head, *rows = file.read_text().splitlines()
            kept = [row for row in rows if int(row.split(",")[0]) <= last]
            file.write_text("\n".join([head, *kept]) + "\n")

    def keep(self):
        """Writes the checkpoint under another name first, so that it is always whole."""
        state = {
            "epoch": self.epoch,
            "step": self.step,
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
        }
        torch.save(state, self.out / "checkpoint.new")
        os.replace(self.out / "checkpoint.new", self.out / "checkpoint.pt")

    def resume(self):
        checkpoint = self.out / "checkpoint.pt"
        if self.arguments.fresh:
            if self.rank == 0:
                for name in ("checkpoint.pt", "curve.csv", "norms.csv"):
                    (self.out / name).unlink(missing_ok=True)
            return
        if not checkpoint.exists():
            return
        state = torch.load(checkpoint, map_location=self.device)
        self.epoch, self.step = state["epoch"], state["step"]
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        if self.rank == 0:
            self.trim("norms.csv", self.step)
            self.trim("curve.csv", self.epoch)
            print(f"resumed after epoch {self.epoch}", flush=True)


if __name__ == "__main__":
    main()
