"""One process or many: torchrun tells each through the environment."""

import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel


def start_processes():
    """Rank and number of processes, and the device of this one."""
    world = int(os.environ.get("WORLD_SIZE", 1))
    if world > 1:
        # nccl needs a GPU for each process of a machine.
        enough = torch.cuda.device_count() >= int(os.environ.get("LOCAL_WORLD_SIZE", world))
        dist.init_process_group("nccl" if enough else "gloo")
    rank = dist.get_rank() if world > 1 else 0
    if not torch.cuda.is_available():
        return rank, world, torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", rank)) % torch.cuda.device_count())
    torch.cuda.set_device(device)
    return rank, world, device


def end_processes():
    """None leaves while another still writes or talks."""
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()


def share_of(batch, world):
    """Images of a batch that each process takes."""
    if batch % world:
        raise SystemExit(f"a batch of {batch} cannot be shared by {world} processes: choose a divisor of it")
    return batch // world


def shared(network):
    """The network with gradients that are the means over all processes."""
    return DistributedDataParallel(network) if dist.is_initialized() else network


def summed(values, operation=dist.ReduceOp.SUM):
    """The sum over all processes, in the place of the values."""
    if dist.is_initialized():
        dist.all_reduce(values, operation)
    return values
