"""Times whole training steps in PyTorch and prints one JSON object.

    python3 torch_step.py resnet-18@128 8

Batch 8, two threads, SGD with momentum 0.9, mean negative log likelihood; gradients are freed before each step.
"""

import json
import sys
import time

import torch
from networks import ResNet18, UNet
from peak_memory import peak_memory_mb

BATCH = 8
THREADS = 2
NETWORKS = {"resnet-18": ResNet18, "unet-32": UNet}


def nll(logits, one_hot):
    positions = one_hot.numel() / one_hot.shape[1]
    return -(torch.log_softmax(logits, 1) * one_hot).sum() / positions


def main(config, steps):
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    name, side = config.split("@")
    network = NETWORKS[name]().train()
    image = torch.randn(BATCH, 3, int(side), int(side))
    with torch.no_grad():
        target = torch.zeros_like(network(image))
    target[:, 0] = 1
    optimizer = torch.optim.SGD(network.parameters(), 0.01, momentum=0.9)
    steps_ms = []
    for _ in range(steps):
        started = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        nll(network(image), target).backward()
        optimizer.step()
        steps_ms.append(1000 * (time.perf_counter() - started))
    print(json.dumps({"stepsMs": steps_ms, "createMs": None, "peakMemoryMb": peak_memory_mb()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
