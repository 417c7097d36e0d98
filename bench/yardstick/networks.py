"""The two networks that Hermes measures its training step against, in PyTorch."""

from torch import cat, nn
from torch.nn import functional as F

RESNET18_STAGES = ((64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1))
UNET_LEVELS = 4


def conv_norm(in_channels, out_channels, kernel, stride=1):
    """Convolution without bias, then batch norm."""
    convolution = nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(out_channels))


class BasicBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        same = stride == 1 and in_channels == out_channels
        self.shortcut = nn.Identity() if same else conv_norm(in_channels, out_channels, 1, stride)
        self.first = conv_norm(in_channels, out_channels, 3, stride)
        self.second = conv_norm(out_channels, out_channels, 3)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


class ResNet18(nn.Module):
    """[N, 3, S, S] to [N, 10]."""

    def __init__(self):
        super().__init__()
        self.stem = conv_norm(3, 64, 7, 2)
        blocks, channels = [], 64
        for out_channels, stride in RESNET18_STAGES:
            blocks.append(BasicBlock(channels, out_channels, stride))
            channels = out_channels
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(channels, 10)

    def forward(self, x):
        y = F.max_pool2d(F.relu(self.stem(x)), 3, 2, 1)
        return self.head(self.blocks(y).mean((2, 3)))


class UNet(nn.Module):
    """Base width 32, bilinear upsampling with aligned corners: [N, 3, S, S] to [N, 2, S, S]."""

    def __init__(self, width=32):
        super().__init__()
        widths = [width << level for level in range(UNET_LEVELS)]
        self.down = nn.ModuleList(self.double(i, o) for i, o in zip([3, *widths], widths))
        self.bottom = self.double(widths[-1], widths[-1])
        ups, channels = [], widths[-1]
        for level in reversed(range(UNET_LEVELS)):
            out_channels = widths[max(level - 1, 0)]
            ups.append(self.double(widths[level] + channels, out_channels))
            channels = out_channels
        self.up = nn.ModuleList(ups)
        self.head = nn.Conv2d(channels, 2, 1, bias=False)

    @staticmethod
    def double(in_channels, out_channels):
        first = conv_norm(in_channels, out_channels, 3)
        return nn.Sequential(first, nn.ReLU(), conv_norm(out_channels, out_channels, 3), nn.ReLU())

    def forward(self, x):
        skips = []
        for level in self.down:
            x = level(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.bottom(x)
        for level, skip in zip(self.up, reversed(skips)):
            x = F.interpolate(x, size=skip.shape[2:], mode="bilinear", align_corners=True)
            x = level(cat([skip, x], 1))
        return self.head(x)
