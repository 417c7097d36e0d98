"""Times single layers in PyTorch: reads the cases as JSON, prints milliseconds by name and part.

    echo '[{"kind": "relu", "name": "relu", "channels": 64, "size": 64}]' | python3 torch_ops.py
"""

import json
import statistics
import sys
import time

import torch
from torch.nn import functional as F

BATCH = 8
RUNS = 9
THREADS = 2
aten = torch.ops.aten


def milliseconds(run):
    times = []
    for _ in range(RUNS + 2):
        started = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times[2:])


def conv_parts(case, x):
    stride, pad = case["stride"], case["kernel"] // 2
    w = torch.randn(case["outChannels"], case["channels"], case["kernel"], case["kernel"])
    g = torch.randn_like(F.conv2d(x, w, None, stride, pad))

    def backward(mask):
        return aten.convolution_backward(
            g, x, w, None, [stride] * 2, [pad] * 2, [1, 1], False, [0, 0], 1, mask
        )

    return {
        "forward": lambda: F.conv2d(x, w, None, stride, pad),
        "input gradient": lambda: backward([True, False, False]),
        "weight gradient": lambda: backward([False, True, False]),
    }


def batch_norm_parts(x):
    channels = x.shape[1]
    gamma, beta = torch.randn(channels), torch.randn(channels)
    mean, variance = torch.zeros(channels), torch.ones(channels)
    _, saved_mean, saved_scale = torch.native_batch_norm(x, gamma, beta, mean, variance, True, 0.1, 1e-5)
    g = torch.randn_like(x)
    return {
        "forward": lambda: F.batch_norm(x, mean, variance, gamma, beta, True),
        "input gradient": lambda: aten.native_batch_norm_backward(
            g, x, gamma, mean, variance, saved_mean, saved_scale, True, 1e-5, [True, False, False]
        ),
    }


def pool_parts(x, kernel, stride, pad):
    y, indices = F.max_pool2d_with_indices(x, kernel, stride, pad)
    g = torch.randn_like(y)
    return {
        "forward": lambda: F.max_pool2d_with_indices(x, kernel, stride, pad),
        "input gradient": lambda: aten.max_pool2d_with_indices_backward(
            g, x, [kernel] * 2, [stride] * 2, [pad] * 2, [1, 1], False, indices
        ),
    }


def resize_parts(x):
    side = 2 * x.shape[2]
    g = torch.randn(BATCH, x.shape[1], side, side)
    return {
        "forward": lambda: F.interpolate(x, size=(side, side), mode="bilinear", align_corners=True),
        "input gradient": lambda: aten.upsample_bilinear2d_backward(g, [side, side], list(x.shape), True),
    }


def update_parts(case):
    p = torch.randn(case["parameters"], requires_grad=True)
    p.grad = torch.randn(case["parameters"])
    if case["kind"] == "adam":
        return {"update": torch.optim.Adam([p], 1e-6).step}
    return {"update": torch.optim.SGD([p], 1e-6, momentum=0.9).step}


def parts(case):
    if case["kind"] in ("adam", "sgd"):
        return update_parts(case)
    x = torch.randn(BATCH, case["channels"], case["size"], case["size"])
    g = torch.randn_like(x)
    return {
        "conv": lambda: conv_parts(case, x),
        "batch-norm": lambda: batch_norm_parts(x),
        "relu": lambda: {
            "forward": lambda: F.relu(x),
            "input gradient": lambda: aten.threshold_backward(g, x, 0),
        },
        "max-pool-3x3": lambda: pool_parts(x, 3, 2, 1),
        "max-pool-2x2": lambda: pool_parts(x, 2, 2, 0),
        "resize": lambda: resize_parts(x),
    }[case["kind"]]()


def main():
    torch.set_num_threads(THREADS)
    times = {}
    for case in json.load(sys.stdin):
        runs = parts(case)
        with torch.no_grad():
            times[case["name"]] = {part: milliseconds(run) for part, run in runs.items()}
    print(json.dumps(times))


if __name__ == "__main__":
    main()
