"""
Saves networks as people save them, into the folder of the first argument. Those of CIFAR-10 are in the code that many
have trained them with (akamaster/pytorch_resnet_cifar10, kuangliu/pytorch-cifar, chenyaofo/pytorch-cifar-models),
with random weights and running averages; their logits are printed as one line of JSON.
"""

import argparse
import collections
import json
import os
import sys

import torch
import torchvision
from torch import nn
from torch.nn import functional as F

FOLDER = sys.argv[1]
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "pytorch", "files"))
import googlenet  # noqa: E402
import resnet  # noqa: E402


class Pad(nn.Module):
    def __init__(self, planes):
        super().__init__()
        self.planes = planes

    def forward(self, x):
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.planes // 4, self.planes // 4), "constant", 0)


class Block(nn.Module):
    def __init__(self, channels_in, planes, stride, shortcut):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.name = shortcut
        path = None
        if stride != 1 or channels_in != planes:
            project = [nn.Conv2d(channels_in, planes, 1, stride=stride, bias=False), nn.BatchNorm2d(planes)]
            path = Pad(planes) if shortcut == "pad" else nn.Sequential(*project)
        self.add_module("shortcut" if shortcut == "pad" else shortcut, path or nn.Sequential())

    def forward(self, x):
        path = getattr(self, "shortcut" if self.name == "pad" else self.name)
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + path(x))


class ResNet(nn.Module):
    def __init__(self, blocks, width, shortcut, dense):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        channels = width
        for s in range(3):
            own = []
            for i in range(blocks):
                own.append(Block(channels, width * 2**s, 2 if s and not i else 1, shortcut))
                channels = width * 2**s
            self.add_module(f"layer{s + 1}", nn.Sequential(*own))
        self.dense = dense
        self.add_module(dense, nn.Linear(channels, 10))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return getattr(self, self.dense)(x.mean((2, 3)))


def save(name, value, **options):
    torch.save(value, os.path.join(FOLDER, name), **options)


torch.manual_seed(1)
index = torch.arange(2 * 8 * 8 * 3)
images = torch.sin(((index * index) % 1021).float()).reshape(2, 8, 8, 3).permute(0, 3, 1, 2)
logits = {}
for code, shortcut, dense in (("a", "pad", "linear"), ("b", "shortcut", "linear"), ("c", "downsample", "fc")):
    network = ResNet(2, 4, shortcut, dense).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight.data, module.running_var):
                tensor.uniform_(0.5, 1.5)
            for tensor in (module.bias.data, module.running_mean):
                tensor.normal_()
    logits[code] = network(images).flatten().tolist()
    save(f"{code}.pth", network.state_dict())

state = network.state_dict()
optimiser = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9)
network.train()(images).sum().backward()
optimiser.step()
network.load_state_dict(state)
logits["wrapped"] = network.eval()(images).flatten().tolist()
state = network.state_dict()
parallel = collections.OrderedDict((f"module.{name}", tensor) for name, tensor in state.items())
wrapped = {
    "epoch": 7,
    "state_dict": parallel,
    "best_prec1": torch.tensor(91.25),
    "optimizer": optimiser.state_dict(),
    "args": argparse.Namespace(arch="resnet20", lr=0.1),
    "milestones": collections.Counter([80, 120]),
}
save("wrapped.pth", wrapped)
save("wrapped-old.pth", wrapped, _use_new_zipfile_serialization=False)
save("net.pth", {"net": state, "acc": 91.25, "epoch": 7})
save("half.pth", {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()})
save("parameters.pth", dict(network.named_parameters()) | dict(network.named_buffers()))
# All in one storage, and convolutions with the channels last.
flat = torch.cat([tensor.flatten() for tensor in state.values() if tensor.is_floating_point()])
views, at = {}, 0
for name, tensor in state.items():
    if tensor.is_floating_point():
        views[name] = flat[at : at + tensor.numel()].view_as(tensor)
        at += tensor.numel()
save("views.pth", views)
save("views-old.pth", views, _use_new_zipfile_serialization=False)
last = {n: t.contiguous(memory_format=torch.channels_last) if t.dim() == 4 else t for n, t in state.items()}
save("channels-last.pth", last)
save("module.pth", network)
save("module-old.pth", network, _use_new_zipfile_serialization=False)
torch.jit.script(nn.Linear(2, 2)).save(os.path.join(FOLDER, "script.pt"))
save("tensor.pth", torch.zeros(3))
weight = torch.ones(2, 3)
save("quantised.pth", {"a.weight": torch.quantize_per_tensor(weight, 0.1, 0, torch.qint8)})
save("sparse.pth", {"a.weight": weight.to_sparse()})

for name in ("resnet18", "resnet50", "googlenet", "squeezenet1_0"):
    options = {"init_weights": False} if name == "googlenet" else {}
    save(f"{name}.pth", getattr(torchvision.models, name)(**options).state_dict())
save("app-googlenet.pth", googlenet.googlenet().state_dict())
save("app-resnet50.pth", resnet.resnet(50, order="pre").state_dict())
print(json.dumps(logits))
