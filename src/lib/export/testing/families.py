"""Builds networks from calls as in networks.json, with the framework whose files are on the path."""

import alexnet
import googlenet
import resnet
import vgg


def build(call):
    arguments = dict(call)
    function = arguments.pop("function")
    (family,) = (module for module in (alexnet, googlenet, resnet, vgg) if hasattr(module, function))
    return getattr(family, function)(**arguments)
