"""Builds the networks listed in networks.json. Each entry names a function of model.py and its arguments."""

import json
from pathlib import Path

import model

NETWORKS = json.loads(Path(__file__).with_name("networks.json").read_text())


def build(name):
    """Builds the network of that name with new initial weights."""
    arguments = dict(NETWORKS[name])
    return getattr(model, arguments.pop("function"))(**arguments)
