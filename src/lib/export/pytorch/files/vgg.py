"""vgg_0, Simonyan and Zisserman 2014: 3x3 convolutions throughout."""

from torch import nn


class VGG(nn.Module):
    def __init__(self, convolutions, classes=1000):
        super().__init__()
        layers = []
        channels = 3
        for filters, count in zip([64, 128, 256, 512, 512], convolutions):
            for _ in range(count):
                layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(inplace=True)]
                channels = filters
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(4096, classes),
        )

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def vgg_0():
    """COUNTS"""
    return VGG(BLOCKS)


NETWORKS = {"vgg_0": vgg_0}
