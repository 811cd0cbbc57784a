"""
AlexNet with one tower (Krizhevsky 2014, One Weird Trick for Parallelizing Convolutional Neural Networks) or two
(Krizhevsky, Sutskever and Hinton 2012). Two towers are convolutions in two groups, with local response normalisation,
and take images of 227x227.
"""

from collections import OrderedDict

from torch import nn


def alexnet(towers=1, classes=1000):
    one, two, three, four, five = [64, 192, 384, 256, 256] if towers == 1 else [96, 256, 384, 384, 256]
    # PyTorch divides alpha by the size of the neighbourhood; the paper does not.
    normalisation = [nn.LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=2)] if towers == 2 else []
    features = nn.Sequential(
        nn.Conv2d(3, one, 11, stride=4, padding=2 if towers == 1 else 0),
        nn.ReLU(inplace=True),
        *normalisation,
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(one, two, 5, padding=2, groups=towers),
        nn.ReLU(inplace=True),
        *normalisation,
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(two, three, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(three, four, 3, padding=1, groups=towers),
        nn.ReLU(inplace=True),
        nn.Conv2d(four, five, 3, padding=1, groups=towers),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2),
    )
    classifier = nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(five * 6 * 6, 4096),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(4096, 4096),
        nn.ReLU(inplace=True),
        nn.Linear(4096, classes),
    )
    return nn.Sequential(OrderedDict(features=features, flatten=nn.Flatten(), classifier=classifier))
