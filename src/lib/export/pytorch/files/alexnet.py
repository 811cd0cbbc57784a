"""
AlexNet in one tower (Krizhevsky 2014, One Weird Trick for Parallelizing Convolutional Neural Networks), or in two as in
Krizhevsky, Sutskever and Hinton 2012: they are convolutions in two groups, with local response normalisation, and their
sizes need images of 227x227.
"""

from torch import nn


def normalisation(towers):
    # PyTorch divides alpha by the size of the neighbourhood, the paper does not.
    return [nn.LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=2)] if towers == 2 else []


class AlexNet(nn.Module):
    def __init__(self, towers, classes):
        super().__init__()
        one, two, three, four, five = [64, 192, 384, 256, 256] if towers == 1 else [96, 256, 384, 384, 256]
        self.features = nn.Sequential(
            nn.Conv2d(3, one, 11, stride=4, padding=2 if towers == 1 else 0),
            nn.ReLU(inplace=True),
            *normalisation(towers),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(one, two, 5, padding=2, groups=towers),
            nn.ReLU(inplace=True),
            *normalisation(towers),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(two, three, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(three, four, 3, padding=1, groups=towers),
            nn.ReLU(inplace=True),
            nn.Conv2d(four, five, 3, padding=1, groups=towers),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(0.5),
            nn.Linear(five * 6 * 6, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Linear(4096, classes),
        )

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def alexnet(towers=1, classes=1000):
    return AlexNet(towers, classes)
