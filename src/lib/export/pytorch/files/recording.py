"""
Writes a run as a recording that the lab opens: a zip with run.json and numbers.bin. To keep a long run small, it stores
norms at some steps only and rounds the numbers of each step to 8 significant bits.
"""

import json
import os
import zipfile

import numpy
import torch

LISTS = [
    "gradientNorms",
    "weightNorms",
    "updateNorms",
    "deadShares",
    "blockOutputGradientNorms",
    "blockOutputStd",
]
MOST_ROWS = 200


def save_recording(head, steps, file):
    """`head` is the record without its steps, as plain JSON."""
    count = len(steps)
    kept = sorted({1, *(-(-row * count // MOST_ROWS) for row in range(1, MOST_ROWS + 1))} - {0})
    trained, parts = [], [packed([step["milliseconds"] for step in steps])]
    for lane in range(len(head["experiment"]["lanes"])):
        told = [step["lanes"][lane] for step in steps]
        last = sum(own is not None for own in told)
        trained.append([[1, last]] if last else [])
        for key in ("loss", "trainingError"):
            parts.append(packed([own[key] if own else 0 for own in told]))
        for key in LISTS:
            blank = [0.0] * len(told[0][key]) if told[0] else []
            rows = [told[step - 1][key] if told[step - 1] else blank for step in kept]
            # One series per number, because values that change little from step to step compress well.
            parts.append(packed(numpy.array(rows, "<f4").T))
    text = json.dumps(
        {
            "kind": "residual-explorer-recording",
            "version": 1,
            "record": head,
            "steps": count,
            "kept": kept,
            "trained": trained,
        },
        allow_nan=False,
    )
    with zipfile.ZipFile(f"{file}.new", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("run.json", text)
        out.writestr("numbers.bin", b"".join(parts))
    os.replace(f"{file}.new", file)


def packed(values):
    """Packs values as the upper halves of 32-bit floats, rounded: first all high bytes, then all low bytes."""
    floats = torch.from_numpy(numpy.array(values, "<f4").ravel().copy())
    halves = floats.to(torch.bfloat16).view(torch.int16).numpy().view("<u2")
    return (halves >> 8).astype("u1").tobytes() + (halves & 0xFF).astype("u1").tobytes()
