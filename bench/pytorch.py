"""Times training steps of PyTorch on one thread, for pytorch.mjs.

The first line of standard input describes the work as JSON; each further line asks for one step, which
is answered by a line of JSON with the loss before the update and the step's milliseconds.
"""

import json
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
from torch_network import losses_of, parameters_of, values_of


def main():
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    work = json.loads(sys.stdin.readline())
    parameters = parameters_of(work["nodes"], work["weights"])
    images = torch.tensor(work["images"], dtype=torch.float32).reshape(work["shape"])
    images = images.permute(0, 3, 1, 2).contiguous()
    labels = torch.tensor(work["labels"])
    recipe = work["recipe"]
    optimiser = torch.optim.SGD(
        parameters.values(),
        lr=recipe["learningRate"],
        momentum=recipe["momentum"],
        weight_decay=recipe["weightDecay"],
    )
    running = {}
    for _ in sys.stdin:
        started = time.perf_counter()
        optimiser.zero_grad()
        loss, reported = losses_of(work, parameters, values_of(work, parameters, running, images), labels)
        loss.backward()
        optimiser.step()
        value = reported.item()
        milliseconds = 1000 * (time.perf_counter() - started)
        print(json.dumps({"loss": value, "milliseconds": milliseconds}), flush=True)


main()
