"""The networks written in PyTorch from their papers, with the usual names: the truth for models/."""

import torch
from torch import nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.stride, self.pad = stride, (width - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        shortcut = x[:, :, :: self.stride, :: self.stride]
        return F.relu(y + F.pad(shortcut, (0, 0, 0, 0, self.pad, self.pad)))


class ResNet(nn.Module):
    def __init__(self, blocks, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        inputs = 16
        for stage, width in enumerate((16, 32, 64), start=1):
            layers = []
            for block in range(blocks):
                layers.append(BasicBlock(inputs, width, 2 if stage > 1 and block == 0 else 1))
                inputs = width
            setattr(self, f"layer{stage}", nn.Sequential(*layers))
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Cnn(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        for layer, inputs in ((1, 3), (2, 24), (3, 24)):
            setattr(self, f"conv{layer}", nn.Conv2d(inputs, 24, 3, padding=1))
            setattr(self, f"bn{layer}", nn.BatchNorm2d(24))
        self.fc = nn.Linear(24, classes)

    def forward(self, x):
        for layer in (1, 2, 3):
            x = getattr(self, f"bn{layer}")(getattr(self, f"conv{layer}")(x))
            x = F.max_pool2d(F.relu(x), 2)
        return self.fc(x.mean((2, 3)))


class Mlp(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.fc1 = nn.Linear(3 * 32 * 32, 64)
        self.fc2 = nn.Linear(64, classes)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def make(name: str) -> nn.Module:
    return {"resnet8": lambda: ResNet(1), "resnet20": lambda: ResNet(3), "cnn": Cnn, "mlp": Mlp}[name]()


def set_parameters(model: nn.Module, theta) -> None:
    """Cuts the flat vector θ into the model's parameters, in order of definition."""
    nn.utils.vector_to_parameters(torch.as_tensor(theta), model.parameters())


def norms(model: nn.Module) -> list[nn.BatchNorm2d]:
    return [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
