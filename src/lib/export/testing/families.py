"""Builds networks from calls as in networks.json, with the framework whose files are on the path."""

import alexnet
import classics
import densenet
import googlenet
import highway
import resnet
import successors
import vgg

MODULES = (alexnet, classics, densenet, googlenet, highway, resnet, successors, vgg)


def build(call):
    arguments = dict(call)
    function = arguments.pop("function")
    family = next(module for module in MODULES if hasattr(module, function))
    return getattr(family, function)(**arguments)
