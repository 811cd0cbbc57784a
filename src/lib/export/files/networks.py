"""The networks of networks.json: each names a function of model.py and says its arguments."""

import json
from pathlib import Path

import model

NETWORKS = json.loads(Path(__file__).with_name("networks.json").read_text())


def build(name):
    """The network of that name, with weights drawn anew."""
    arguments = dict(NETWORKS[name])
    return getattr(model, arguments.pop("function"))(**arguments)
