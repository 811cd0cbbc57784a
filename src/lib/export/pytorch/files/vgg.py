"""VGG-16 and VGG-19 (Simonyan and Zisserman 2014): 3x3 convolutions throughout."""

from collections import OrderedDict

from torch import nn


def vgg(depth, classes=1000):
    """Builds VGG with 16 or 19 layers, three of them dense."""
    features = []
    channels = 3
    for filters, count in zip([64, 128, 256, 512, 512], {16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4]}[depth]):
        for _ in range(count):
            features += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(inplace=True)]
            channels = filters
        features.append(nn.MaxPool2d(2))
    classifier = nn.Sequential(
        nn.Linear(512 * 7 * 7, 4096),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(4096, classes),
    )
    return nn.Sequential(OrderedDict(features=nn.Sequential(*features), flatten=nn.Flatten(), classifier=classifier))
