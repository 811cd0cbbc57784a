"""
Saves networks with random weights and running averages as people save them, and prints the class scores of each for an
image: torchvision's own networks, and those of the app's PyTorch projects where torchvision has none. Reads
{folder, networks: [{file, torchvision | call, caffe, image}]} as JSON; an image is bytes, row by row, RGB.
"""

import json
import os
import sys

import torch
import torchvision
from torch import nn

import families

MEAN, DEVIATION = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
CAFFE_MEAN = torch.tensor([104.0, 117.0, 123.0])


def standardised(pixels, caffe):
    if caffe:
        return pixels.flip(2) - CAFFE_MEAN
    return (pixels / 255 - MEAN) / DEVIATION


task = json.load(sys.stdin)
torch.manual_seed(1)
for one in task["networks"]:
    network = getattr(torchvision.models, one["torchvision"])() if one["torchvision"] else families.build(one["call"])
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1)
            module.running_var.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.2)
            module.running_mean.normal_(0, 0.2)
    with open(os.path.join(task["folder"], one["image"]), "rb") as file:
        pixels = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8).float()
    side = round((pixels.numel() / 3) ** 0.5)
    image = standardised(pixels.reshape(side, side, 3), one["caffe"]).permute(2, 0, 1)[None]
    with torch.no_grad():
        scores = network.eval()(image)
    torch.save(network.state_dict(), os.path.join(task["folder"], one["file"]))
    print(json.dumps(scores.flatten().tolist()), flush=True)
