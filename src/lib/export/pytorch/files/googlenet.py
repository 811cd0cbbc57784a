"""
GoogLeNet (Szegedy et al. 2014): nine inception modules, no batch normalisation. Omits the two auxiliary heads, which
only help training.
"""

from collections import OrderedDict

import torch
from torch import nn


def conv(channels_in, filters, kernel, **options):
    return nn.Sequential(nn.Conv2d(channels_in, filters, kernel, padding=kernel // 2, **options), nn.ReLU(inplace=True))


class Inception(nn.Module):
    """Four parallel branches, concatenated along the channels."""

    def __init__(self, channels_in, one, reduce3, three, reduce5, five, pooled):
        super().__init__()
        self.branches = nn.ModuleList(
            [
                conv(channels_in, one, 1),
                nn.Sequential(conv(channels_in, reduce3, 1), conv(reduce3, three, 3)),
                nn.Sequential(conv(channels_in, reduce5, 1), conv(reduce5, five, 5)),
                nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), conv(channels_in, pooled, 1)),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


def pool():
    # As in Caffe, a window that starts within the input counts.
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)


def normalisation():
    # PyTorch divides alpha by the size of the neighbourhood; the paper does not.
    return nn.LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=1)


def googlenet(classes=1000):
    return nn.Sequential(
        OrderedDict(
            stem=nn.Sequential(
                conv(3, 64, 7, stride=2),
                pool(),
                normalisation(),
                conv(64, 64, 1),
                conv(64, 192, 3),
                normalisation(),
                pool(),
            ),
            modules_3=nn.Sequential(
                Inception(192, 64, 96, 128, 16, 32, 32),
                Inception(256, 128, 128, 192, 32, 96, 64),
            ),
            pool_3=pool(),
            modules_4=nn.Sequential(
                Inception(480, 192, 96, 208, 16, 48, 64),
                Inception(512, 160, 112, 224, 24, 64, 64),
                Inception(512, 128, 128, 256, 24, 64, 64),
                Inception(512, 112, 144, 288, 32, 64, 64),
                Inception(528, 256, 160, 320, 32, 128, 128),
            ),
            pool_4=pool(),
            modules_5=nn.Sequential(
                Inception(832, 256, 160, 320, 32, 128, 128),
                Inception(832, 384, 192, 384, 48, 128, 128),
            ),
            mean=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            dropout=nn.Dropout(0.4),
            dense=nn.Linear(1024, classes),
        )
    )
