"""One process or many: torchrun tells each through the environment."""

import os

import torch
import torch.distributed as dist


def start_processes():
    """Rank and number of processes."""
    world = int(os.environ.get("WORLD_SIZE", 1))
    if world == 1:
        return 0, 1
    # nccl needs a GPU for each process of a machine.
    enough = torch.cuda.device_count() >= int(os.environ.get("LOCAL_WORLD_SIZE", world))
    dist.init_process_group("nccl" if enough else "gloo")
    return dist.get_rank(), world


def device_of(rank):
    if not torch.cuda.is_available():
        return torch.device("cpu")
    local = int(os.environ.get("LOCAL_RANK", rank))
    device = torch.device("cuda", local % torch.cuda.device_count())
    torch.cuda.set_device(device)
    return device
