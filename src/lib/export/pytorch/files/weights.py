"""Reads and writes weights in the safetensors format, with the standard library, NumPy and PyTorch only."""

import json
import struct
from pathlib import Path

import numpy
import torch


def save_weights(network, file):
    """Writes all parameters and the running averages of normalisations as 32-bit floats."""
    tensors = {
        name: tensor.detach().float().cpu().contiguous().numpy()
        for name, tensor in network.state_dict().items()
        if tensor.is_floating_point()
    }
    header, at = {}, 0
    for name, values in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [at, at + values.nbytes]}
        at += values.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(file, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for values in tensors.values():
            out.write(values.astype("<f4").tobytes())


def load_weights(network, file):
    """Raises SystemExit with the name of a tensor that is missing or has the wrong type or shape."""
    contents = Path(file).read_bytes()
    (length,) = struct.unpack("<Q", contents[:8])
    header = json.loads(contents[8 : 8 + length])
    state = network.state_dict()
    for name, tensor in state.items():
        if not tensor.is_floating_point():
            continue
        info = header.get(name)
        if info is None:
            raise SystemExit(f"{file}: no tensor {name}")
        if info["dtype"] != "F32" or info["shape"] != list(tensor.shape):
            raise SystemExit(f"{file}: {name} is {info['dtype']} {info['shape']}, expected F32 {list(tensor.shape)}")
        start, end = (8 + length + offset for offset in info["data_offsets"])
        values = numpy.frombuffer(contents[start:end], "<f4").reshape(info["shape"])
        tensor.copy_(torch.from_numpy(values.copy()))
