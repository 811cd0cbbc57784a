"""
Trains the networks of experiment.json side by side on the same batches. Writes a record that the browser's lab opens.

    python train.py --data data                             one process
    torchrun --nproc_per_node=4 train.py --data data        one process per GPU, or four processes on the CPU

A stopped run resumes from its last checkpoint; --fresh starts again.
"""

import argparse
import json
import math
import os
import platform
import time
from datetime import datetime, timezone
from pathlib import Path

import torch
from torch.distributed import ReduceOp
from torch.nn import functional as F

from data import DataSet
from networks import build
from order import Order
from processes import end_processes, share_of, shared, start_processes, summed
from recording import save_recording
from weights import load_weights, save_weights

# Number of steps up to which the run also writes a record without rounding.
LONGEST_RECORD = 2000
# Weight of the loss of an auxiliary head (Szegedy et al. 2014, section 5).
AUXILIARY_WEIGHT = 0.3
# Attributes of a run that a checkpoint stores, besides its networks.
KEPT = ["experiment", "step", "started", "steps", "evaluations", "events"]


def main():
    job = json.loads(Path("experiment.json").read_text())
    arguments = parse(job["steps"])
    rank, world, device = start_processes()
    torch.manual_seed(job["experiment"]["seed"])
    # By default PyTorch lets NVIDIA GPUs round the factors in convolutions to 10 bits, which changes the gradients of
    # deep networks.
    torch.backends.cudnn.allow_tf32 = arguments.tf32
    if arguments.double:
        torch.set_default_dtype(torch.float64)
    run = Run(job, arguments, rank, world, device)
    run.resume()
    run.train(arguments.steps)
    end_processes()


def parse(steps):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="data", help="folder with the images (default: data)")
    parser.add_argument("--steps", type=int, default=steps, help=f"training steps (default: {steps})")
    parser.add_argument("--out", default="run", help="folder for checkpoint, record and weights (default: run)")
    parser.add_argument("--checkpoint-every", type=int, default=500, metavar="N", help="steps (default: 500)")
    parser.add_argument(
        "--probe-every",
        type=int,
        default=1,
        metavar="N",
        help="measure norms every N steps; the steps in between repeat the last values (default: 1)",
    )
    parser.add_argument(
        "--weights",
        action="append",
        default=[],
        metavar="FILE",
        help="start from a .safetensors file; give one per network, in order",
    )
    parser.add_argument("--sync-norm", action="store_true", help="normalise over the batches of all GPUs together")
    parser.add_argument(
        "--double",
        action="store_true",
        help="compute in 64 bits: slower, a reference for the browser's 32-bit run",
    )
    parser.add_argument("--tf32", action="store_true", help="faster on NVIDIA GPUs, with factors rounded to 10 bits")
    parser.add_argument("--fresh", action="store_true", help="start again even if there is a checkpoint")
    return parser.parse_args()


class Lane:
    """One network with its optimiser and its probes."""

    def __init__(self, job, optimiser, activation, arguments, world, device):
        self.job = job
        self.network = build(job["network"]).to(device)
        if arguments.sync_norm:
            self.network = torch.nn.SyncBatchNorm.convert_sync_batchnorm(self.network)
        self.world = world
        self.model = shared(self.network)
        self.parameters = dict(self.network.named_parameters())
        self.outputs = []
        self.blocks = getattr(self.network, "blocks", ())
        for block in self.blocks:
            block.register_forward_hook(self.keep_output)
        # The input of a layer is the output of the activation before it.
        self.rectified = activation == "relu"
        self.alive = []
        for name in job["layers"][1:] if self.rectified else []:
            self.network.get_submodule(name.rpartition(".")[0]).register_forward_pre_hook(self.keep_alive)
        self.probing = False
        self.stopped = False
        self.metrics = None
        make = getattr(torch.optim, optimiser["name"])
        self.optimiser = make(self.network.parameters(), **optimiser["arguments"])

    def keep_output(self, _module, _inputs, output):
        if self.probing and output.requires_grad:
            output.retain_grad()
            self.outputs.append(output)

    def keep_alive(self, _module, inputs):
        """Notes which channels are nonzero somewhere in the batch."""
        if self.probing:
            x = inputs[0].detach()
            self.alive.append((x != 0).transpose(0, 1).flatten(1).any(1))

    def step(self, images, labels, recipe, rate, probe):
        """Makes one update. Returns False, without an update, if a number is no longer finite."""
        self.model.train()
        self.outputs, self.alive, self.probing = [], [], probe
        scores = self.model(images)
        # In training, GoogLeNet also puts out the logits of its auxiliary heads.
        logits, *heads = scores if isinstance(scores, list) else [scores]
        loss = F.cross_entropy(logits, labels)
        self.optimiser.zero_grad()
        extra = sum(AUXILIARY_WEIGHT * F.cross_entropy(head, labels) for head in heads)
        if hasattr(self.network, "penalty"):
            extra = extra + self.network.penalty()
        (loss + extra).backward()
        wrong = (logits.argmax(1) != labels).float().mean()
        told = summed(torch.stack([loss.detach(), wrong])) / self.world
        gradients = [self.parameters[name].grad for _, name in self.job["parameters"]]
        norms = torch.stack([gradient.norm() for gradient in gradients])
        if not (math.isfinite(told[0]) and torch.isfinite(norms).all()):
            self.stopped = True
            return False
        if probe:
            self.metrics = self.probes(norms)
        self.metrics.update(loss=told[0].item(), trainingError=told[1].item())
        before = [self.parameters[name].detach().clone() for name in self.job["layers"]] if probe else []
        if recipe.get("clip"):
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), recipe["clip"])
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        if probe:
            after = [self.parameters[name].detach() for name in self.job["layers"]]
            self.metrics["updateNorms"] = [float((b - a).norm()) for a, b in zip(before, after)]
        return True

    def probes(self, norms):
        def totals(of):
            """A value of each block's output, summed over all processes; AlexNet and VGG have no blocks."""
            return summed(torch.stack([of(output) for output in self.outputs])) if self.outputs else torch.zeros(0)

        # Divided by world squared, because each process's loss is the mean over its share of the batch.
        squares = totals(lambda output: output.grad.square().sum()) / self.world**2
        means = totals(lambda output: output.detach().mean()) / self.world
        powers = totals(lambda output: output.detach().square().mean()) / self.world
        layers = [self.parameters[name].detach() for name in self.job["layers"]]
        return {
            "gradientNorms": norms.tolist(),
            "weightNorms": [float(layer.norm()) for layer in layers],
            "deadShares": self.dead_shares(len(layers)),
            "blockOutputGradientNorms": squares.sqrt().tolist(),
            "blockOutputStd": (powers - means.square()).clamp(min=0).sqrt().tolist(),
        }

    def dead_shares(self, layers):
        """Fraction of channels after each layer's ReLU that are 0 everywhere in the batch; NaN without a ReLU."""
        if not self.rectified:
            return [math.nan] * layers
        counts = [len(alive) for alive in self.alive]
        alive = summed(torch.cat(self.alive).float(), ReduceOp.MAX)
        return [1 - float(part.mean()) for part in alive.split(counts)] + [math.nan]

    @torch.no_grad()
    def evaluate(self, batches, device):
        """Returns mean loss, error and number of test images; normalises with the running averages."""
        self.network.eval()
        self.probing = False
        loss = wrong = count = 0
        for images, labels in batches:
            logits = self.network(images.to(device, torch.get_default_dtype()))
            labels = labels.to(device)
            loss += float(F.cross_entropy(logits, labels, reduction="sum"))
            wrong += int((logits.argmax(1) != labels).sum())
            count += len(labels)
        return loss / count, wrong / count, count


class Run:
    def __init__(self, job, arguments, rank, world, device):
        self.job, self.arguments = job, arguments
        self.rank, self.world, self.device = rank, world, device
        self.experiment = job["experiment"]
        self.recipe = self.experiment["recipe"]
        data = self.experiment["data"]
        self.data = DataSet(arguments.data, data["halve"], data["augment"])
        share = share_of(self.recipe["batch"], world)
        self.mine = slice(rank * share, (rank + 1) * share)
        self.order = Order(self.experiment["seed"], self.recipe["batch"], self.data.shard_counts)
        self.lanes = [
            Lane(lane, job["optimiser"], own["network"]["activation"], arguments, world, device)
            for lane, own in zip(job["lanes"], self.experiment["lanes"])
        ]
        for lane, file in zip(self.lanes, arguments.weights):
            load_weights(lane.network, file)
        self.out = Path(arguments.out)
        self.step = 0
        self.steps, self.evaluations, self.events = [], [], []
        self.started = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def train(self, until):
        evaluation = self.experiment["evaluation"]
        while self.step < until and not all(lane.stopped for lane in self.lanes):
            started = time.perf_counter()
            self.follow_plan()
            images, labels = self.data.train_batch(self.order.indices(self.step), self.experiment["seed"], self.step)
            images = images[self.mine].to(self.device, torch.get_default_dtype())
            labels = labels[self.mine].to(self.device)
            self.step += 1
            rate = learning_rate_at(self.recipe, self.step)
            told = [self.lane_step(index, images, labels, rate) for index in range(len(self.lanes))]
            milliseconds = 1000 * (time.perf_counter() - started)
            self.steps.append({"step": self.step, "milliseconds": milliseconds, "lanes": told})
            if self.step % evaluation["every"] == 0:
                self.evaluate(evaluation["images"])
            if self.step % self.arguments.checkpoint_every == 0 or self.step == until:
                self.keep()
            if self.rank == 0 and (self.step % 50 == 0 or self.step == until):
                print(self.progress(), flush=True)

    def lane_step(self, index, images, labels, rate):
        lane = self.lanes[index]
        if lane.stopped:
            return None
        probe = (self.step - 1) % self.arguments.probe_every == 0
        if lane.step(images, labels, self.recipe, rate, probe):
            return dict(lane.metrics)
        self.events.append({"kind": "not-finite", "step": self.step, "lane": index, "where": None})
        return None

    def follow_plan(self):
        for change in self.experiment.get("plan", []):
            if change["after"] == self.step:
                lane = self.lanes[change["lane"]]
                lane.network.set_gates([change["gate"]] * len(lane.blocks))
                event = {"kind": "gate", "step": self.step, "lane": change["lane"], "gate": change["gate"]}
                self.events += [{**event, "block": block} for block in range(len(lane.blocks))]

    def evaluate(self, count):
        for index, lane in enumerate(self.lanes):
            if lane.stopped:
                continue
            loss, error, images = lane.evaluate(self.data.test_batches(count), self.device)
            self.evaluations.append({"step": self.step, "lane": index, "loss": loss, "error": error, "images": images})

    def progress(self):
        told = self.steps[-1]["lanes"]
        errors = [
            f"{lane.job['title']} {'stopped' if own is None else format(own['trainingError'], '.1%')}"
            for lane, own in zip(self.lanes, told)
        ]
        return f"step {self.step}: training error of the batch {', '.join(errors)}"

    def keep(self):
        """Writes checkpoint, weights and record; renames checkpoint and record into place, so that they stay whole."""
        if self.rank:
            return
        self.out.mkdir(parents=True, exist_ok=True)
        state = {
            **{name: getattr(self, name) for name in KEPT},
            "lanes": [
                {
                    "network": lane.network.state_dict(),
                    "optimiser": lane.optimiser.state_dict(),
                    "gates": [getattr(block, "gate", 1.0) for block in lane.blocks],
                    "metrics": lane.metrics,
                    "stopped": lane.stopped,
                }
                for lane in self.lanes
            ],
        }
        torch.save(state, self.out / "checkpoint.new")
        os.replace(self.out / "checkpoint.new", self.out / "checkpoint.pt")
        for lane in self.lanes:
            save_weights(lane.network, self.out / f"{lane.job['network']}.safetensors")
        head = self.head()
        save_recording(head, self.steps, self.out / "record.zip")
        if self.step <= LONGEST_RECORD:
            (self.out / "record.new").write_text(json.dumps({**head, "steps": plain(self.steps)}, allow_nan=False))
            os.replace(self.out / "record.new", self.out / "record.json")

    def resume(self):
        checkpoint = self.out / "checkpoint.pt"
        if self.arguments.fresh or not checkpoint.exists():
            return
        state = torch.load(checkpoint, map_location=self.device)
        if state["experiment"] != self.experiment:
            raise SystemExit(f"{checkpoint} belongs to another experiment: use --fresh or another --out")
        for name in KEPT:
            setattr(self, name, state[name])
        for lane, kept in zip(self.lanes, state["lanes"]):
            lane.network.load_state_dict(kept["network"])
            lane.optimiser.load_state_dict(kept["optimiser"])
            if hasattr(lane.network, "set_gates"):
                lane.network.set_gates(kept["gates"])
            lane.metrics, lane.stopped = kept["metrics"], kept["stopped"]
        self.events.append({"kind": "resumed", "step": self.step, "cause": "kept", "backend": "pytorch"})
        if self.rank == 0:
            print(f"resumed at step {self.step}", flush=True)

    def head(self):
        """Returns the record without its steps, in the format of the browser's lab."""
        device = torch.cuda.get_device_name() if self.device.type == "cuda" else platform.processor() or "CPU"
        return plain(
            {
                "version": 1,
                "kind": "residual-explorer-run",
                "experiment": self.experiment,
                "input": self.job["input"],
                "environment": {
                    "app": self.job["app"],
                    "backend": "pytorch",
                    "trials": [],
                    "userAgent": f"PyTorch {torch.__version__}, Python {platform.python_version()}",
                    "startedAt": self.started,
                    "machine": f"{self.world} process{'es' if self.world > 1 else ''}, {device}",
                },
                "evaluations": self.evaluations,
                "events": self.events,
            }
        )


def learning_rate_at(recipe, step):
    """Rate after warm-up: constant, dropped by steps, or along a cosine; steps count from 1."""
    rate = recipe["learningRate"] * min(1, step / (recipe.get("warmUp", 0) + 1))
    schedule = recipe.get("schedule")
    if not schedule:
        return rate
    if schedule["kind"] == "drops":
        return rate / 10 ** sum(step > after for after in schedule["after"])
    return rate * 0.5 * (1 + math.cos(math.pi * min(1, (step - 1) / schedule["steps"])))


def plain(value):
    """Replaces NaN and infinity, which JSON lacks, by their names, which the lab reads."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


if __name__ == "__main__":
    main()
