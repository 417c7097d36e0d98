"""Trains a plain supervised baseline in PyTorch on a data set and split of `hermes data`, and measures it on the test part.

    python3 plain_recipe.py DATA SPLIT LABELS WEIGHTS [--seed 1] [--steps 1200] [--threads 1]

DATA is a folder of `hermes data import`, SPLIT the name of one of its splits, LABELS a budget of it, WEIGHTS the folded MobileNetV2.
A MobileNetV2 U-Net with a class head on images stretched to 128 x 128: Adam 3e-4, polynomial decay, batch 8, mirroring, crops and
brightness; cross-entropy plus Dice over the batch for the mask, cross-entropy for the class; the last weights. Masks are measured at the
images' own size, Dice as the mean over images. Nothing of Hermes is used but the lists of images. Prints one JSON object.
"""

import argparse
import json
import pathlib
import struct

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

SIDE = 128
BATCH = 8
LEARNING_RATE = 3e-4
DECAY_POWER = 0.9
CALIBRATION_IMAGES = 64
NORM_EPSILON = 1e-3

# expansion, channels, repeats, stride of the first: Sandler et al. 2018, table 2
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
BLOCKS = [
    (expansion, channels, stride if repeat == 0 else 1)
    for expansion, channels, repeats, stride in STAGES
    for repeat in range(repeats)
]
TAPS = {2: 0, 4: 2, 8: 5, 16: 12, 32: 16}
DECODER = ((16, 96), (8, 64), (4, 32), (2, 16))


def read_safetensors(path):
    raw = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header, body = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        values = np.frombuffer(body[start:end], np.float32).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors


def same_pads(side, kernel, stride):
    """TensorFlow's padding: the odd pixel at the end."""
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


class FoldedUnit(nn.Module):
    """A convolution whose batch norm was folded in, with a new one that starts as the same function."""

    def __init__(self, weights, name, stride=1, groups=1):
        super().__init__()
        self.weight = nn.Parameter(weights[f"{name}.weight"])
        self.bias = weights[f"{name}.bias"]
        self.stride, self.groups = stride, groups
        self.norm = nn.BatchNorm2d(len(self.bias), eps=NORM_EPSILON)
        self.calibrating = False

    def forward(self, x):
        kernel = self.weight.shape[-1]
        top, bottom = same_pads(x.shape[2], kernel, self.stride)
        left, right = same_pads(x.shape[3], kernel, self.stride)
        y = F.conv2d(F.pad(x, (left, right, top, bottom)), self.weight, None, self.stride, 0, 1, self.groups)
        if self.calibrating:
            mean, variance = y.mean((0, 2, 3)), y.var((0, 2, 3), unbiased=False)
            self.norm.running_mean.copy_(mean)
            self.norm.running_var.copy_(variance)
            self.norm.weight.data.copy_((variance + NORM_EPSILON).sqrt())
            self.norm.bias.data.copy_(mean + self.bias)
        return self.norm(y)


class InvertedResidual(nn.Module):
    def __init__(self, weights, name, in_channels, expansion, out_channels, stride):
        super().__init__()
        wide = in_channels * expansion
        self.expand = None if expansion == 1 else FoldedUnit(weights, f"{name}.expand")
        self.depthwise = FoldedUnit(weights, f"{name}.depthwise", stride, wide)
        self.project = FoldedUnit(weights, f"{name}.project")
        self.is_residual = stride == 1 and in_channels == out_channels

    def forward(self, x):
        y = x if self.expand is None else F.relu6(self.expand(x))
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.is_residual else y


class PlainNet(nn.Module):
    """[N, 1, S, S] in [0, 1] to mask logits [N, 2, S, S] and class logits [N, K]."""

    def __init__(self, weights, classes):
        super().__init__()
        self.stem = FoldedUnit(weights, "stem", 2)
        self.blocks = nn.ModuleList()
        channels = [32]
        for index, (expansion, out_channels, stride) in enumerate(BLOCKS):
            block = InvertedResidual(weights, f"blocks.{index}", channels[-1], expansion, out_channels, stride)
            self.blocks.append(block)
            channels.append(out_channels)
        self.head = FoldedUnit(weights, "head")
        self.classifier = nn.Linear(1280, classes)
        self.decoder = nn.ModuleList()
        below = channels[-1]
        for stride, out_channels in DECODER:
            joined = below + channels[TAPS[stride] + 1]
            convolution = nn.Conv2d(joined, out_channels, 3, padding=1, bias=False)
            self.decoder.append(nn.Sequential(convolution, nn.BatchNorm2d(out_channels), nn.ReLU()))
            below = out_channels
        self.final = nn.Conv2d(below, 2, 1)

    def forward(self, image):
        x = F.relu6(self.stem(image.expand(-1, 3, -1, -1) * 2 - 1))
        maps = []
        for block in self.blocks:
            x = block(x)
            maps.append(x)
        feature = F.relu6(self.head(x)).mean((2, 3))
        for (stride, _), level in zip(DECODER, self.decoder):
            skip = maps[TAPS[stride]]
            x = level(torch.cat((resized(x, skip.shape[2:]), skip), 1))
        return resized(self.final(x), image.shape[2:]), self.classifier(feature)


def resized(x, size):
    return F.interpolate(x, size=tuple(size), mode="bilinear", align_corners=False)


class DataSet:
    def __init__(self, folder, split):
        self.folder = pathlib.Path(folder)
        lines = (self.folder / "manifest.jsonl").read_text().splitlines()
        head, *samples = map(json.loads, lines)
        self.root = self.folder / head["root"]
        self.classes = head["classes"]
        self.samples = {sample["id"]: sample for sample in samples}
        self.split = json.loads((self.folder / "splits" / f"{split}.json").read_text())

    def image(self, name):
        return Image.open(self.root / self.samples[name]["image"]).convert("L")

    def mask(self, name):
        parts = [np.asarray(Image.open(self.root / part["path"]).convert("L")) > 0 for part in self.samples[name]["masks"]]
        return np.any(parts, axis=0)

    def label(self, name):
        return self.classes.index(self.samples[name]["className"])


def stretched(picture):
    return np.asarray(picture.resize((SIDE, SIDE), Image.BILINEAR), np.float32) / 255


def varied(image, mask, random):
    """Mirrored or not, cropped to 0.8 to 1 of the side, brightness 0.9 to 1.1."""
    side = int(round(SIDE * random.uniform(0.8, 1)))
    y, x = random.integers(0, SIDE - side + 1, 2)
    image, mask = (part[:, :, y : y + side, x : x + side] for part in (image, mask))
    image, mask = resized(image, (SIDE, SIDE)), F.interpolate(mask, size=(SIDE, SIDE), mode="nearest")
    if random.random() < 0.5:
        image, mask = image.flip(3), mask.flip(3)
    return (image * random.uniform(0.9, 1.1)).clamp(0, 1), mask


def dice_loss(logits, mask):
    prob = torch.softmax(logits, 1)[:, 1]
    return 1 - (2 * (prob * mask).sum() + 1) / (prob.sum() + mask.sum() + 1)


def auroc(scores, labels):
    """The share of pairs in the right order, ties one half."""
    positive, negative = scores[labels == 1], scores[labels == 0]
    above = (positive[:, None] > negative).mean()
    return above + (positive[:, None] == negative).mean() / 2


def train(data, names, weights, steps, seed):
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    images = torch.stack([torch.from_numpy(stretched(data.image(name)))[None] for name in names])
    masks = torch.stack(
        [torch.from_numpy(stretched(Image.fromarray(data.mask(name).astype(np.uint8) * 255)) > 0.5)[None] for name in names]
    ).float()
    labels = torch.tensor([data.label(name) for name in names])
    network = PlainNet(weights, len(data.classes))
    units = [module for module in network.modules() if isinstance(module, FoldedUnit)]
    for unit in units:
        unit.calibrating = True
    with torch.no_grad():
        network.eval()(images[:CALIBRATION_IMAGES])
    for unit in units:
        unit.calibrating = False
    network.train()
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    order = []
    for step in range(steps):
        if len(order) < BATCH:
            order.extend(random.permutation(len(names)).tolist())
        chosen, order = order[:BATCH], order[BATCH:]
        pairs = [varied(images[i : i + 1], masks[i : i + 1], random) for i in chosen]
        image, mask = (torch.cat(parts) for parts in zip(*pairs))
        mask_logits, class_logits = network(image)
        target = mask[:, 0]
        loss = F.cross_entropy(mask_logits, target.long()) + dice_loss(mask_logits, target)
        loss = loss + F.cross_entropy(class_logits, labels[chosen])
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * (1 - step / steps) ** DECAY_POWER
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    return network.eval()


@torch.no_grad()
def measure(network, data, names):
    dices, scores = [], []
    for name in names:
        picture = data.image(name)
        mask_logits, class_logits = network(torch.from_numpy(stretched(picture))[None, None])
        lesion = torch.softmax(resized(mask_logits, (picture.height, picture.width)), 1)[0, 1] > 0.5
        truth = data.mask(name)
        both = np.logical_and(lesion.numpy(), truth).sum()
        dices.append(2 * both / (lesion.sum().item() + truth.sum()))
        scores.append(torch.softmax(class_logits, 1)[0, 1].item())
    labels = np.array([data.label(name) for name in names])
    return float(np.mean(dices)), float(auroc(np.array(scores), labels))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data")
    parser.add_argument("split")
    parser.add_argument("labels", help="a budget, or all")
    parser.add_argument("weights")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    splits = pathlib.Path(chosen.data) / "splits"
    if not (splits / f"{chosen.split}.json").exists():
        there = ", ".join(sorted(path.stem for path in splits.glob("*.json"))) or "none"
        parser.error(f"{splits} has no split {chosen.split}; it has {there}; make one with `hermes data split`")
    data = DataSet(chosen.data, chosen.split)
    budgets = data.split["budgets"]
    if chosen.labels not in budgets:
        parser.error(f"split {chosen.split} has no budget {chosen.labels}; give one of {', '.join(budgets)}")
    try:
        weights = read_safetensors(chosen.weights)
        weights["stem.weight"]
    except (OSError, ValueError, KeyError, struct.error) as error:
        parser.error(f"{chosen.weights} cannot be used ({error!r}); give the safetensors file of the folded MobileNetV2")
    network = train(data, budgets[chosen.labels], weights, chosen.steps, chosen.seed)
    dice, area = measure(network, data, data.split["test"])
    result = {"split": chosen.split, "labels": chosen.labels, "seed": chosen.seed, "steps": chosen.steps}
    print(json.dumps({**result, "test": len(data.split["test"]), "dice": dice, "auroc": area}))


main()
