"""Trains in one process or several. torchrun sets each process's rank in the environment."""

import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel


def start_processes():
    """Returns this process's rank, the number of processes, and this process's device."""
    world = int(os.environ.get("WORLD_SIZE", 1))
    if world > 1:
        # nccl needs a GPU per process.
        enough = torch.cuda.device_count() >= int(os.environ.get("LOCAL_WORLD_SIZE", world))
        dist.init_process_group("nccl" if enough else "gloo")
    rank = dist.get_rank() if world > 1 else 0
    if not torch.cuda.is_available():
        return rank, world, torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", rank)) % torch.cuda.device_count())
    torch.cuda.set_device(device)
    return rank, world, device


def end_processes():
    """Waits until all processes have finished."""
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()


def share_of(batch, world):
    """Returns the number of images per process."""
    if batch % world:
        raise SystemExit(f"a batch of {batch} cannot be shared by {world} processes: choose a divisor of it")
    return batch // world


def shared(network):
    """Wraps the network so that gradients are averaged over all processes."""
    return DistributedDataParallel(network) if dist.is_initialized() else network


def summed(values, operation=dist.ReduceOp.SUM):
    """Replaces the values by their sum over all processes."""
    if dist.is_initialized():
        dist.all_reduce(values, operation)
    return values
