"""Builds networks from the files of a framework that are on the path, by calls as networks.json has them."""

import alexnet
import googlenet
import resnet
import vgg


def build(call):
    arguments = dict(call)
    function = arguments.pop("function")
    (family,) = (module for module in (alexnet, googlenet, resnet, vgg) if hasattr(module, function))
    return getattr(family, function)(**arguments)
