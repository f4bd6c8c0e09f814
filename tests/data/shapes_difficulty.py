"""How hard the shapes set is: too hard for a linear model on pixels, easy for a small ResNet.

    python tests/data/shapes_difficulty.py DUMP [--epochs N] [--threads N]

DUMP is the program built from tests/data/dump_shapes.cc: it prints 12,000 records as in a CIFAR-10
file, the last 2,000 of them the test set. Measures the test accuracy of ridge regression on one-hot targets (the best of a
range of penalties, chosen on the test set itself: an upper bound) and, when N > 0, of a ResNet-8
trained by backprop. Leaves with 1 when the linear model reaches 60 % or the ResNet misses 90 %.
"""

import argparse
import subprocess
import sys

import numpy as np

TRAIN = 10000


def read(program):
    output = subprocess.run([program], check=True, stdout=subprocess.PIPE).stdout
    records = np.frombuffer(output, np.uint8).reshape(-1, 3073)
    x = records[:, 1:].astype(np.float32) / 255
    x = (x - x[:TRAIN].mean(0)) / x[:TRAIN].std(0)
    return x, records[:, 0].astype(np.int64)


def linear_accuracy(x, y):
    """The best test accuracy over ridge penalties, from the normal equations."""
    x = np.concatenate([x, np.ones((len(x), 1), np.float32)], 1)
    targets = np.eye(10, dtype=np.float32)[y]
    gram = x[:TRAIN].T @ x[:TRAIN]
    moments = x[:TRAIN].T @ targets[:TRAIN]
    best = 0.0
    for penalty in (1e2, 1e3, 1e4, 1e5):
        weights = np.linalg.solve(gram + np.float32(penalty) * np.eye(len(gram), dtype=np.float32), moments)
        accuracy = float(((x[TRAIN:] @ weights).argmax(1) == y[TRAIN:]).mean())
        print(f"ridge regression, penalty {penalty:g}: {accuracy:.3f}", flush=True)
        best = max(best, accuracy)
    return best


def resnet_accuracy(x, y, epochs, threads):
    """Test accuracy of ResNet-8 (16-32-64 channels, option-A shortcuts) after SGD with a one-cycle rate."""
    import torch
    import torch.nn.functional as F

    torch.manual_seed(0)
    torch.set_num_threads(threads)

    class Block(torch.nn.Module):
        def __init__(self, c_in, c_out):
            super().__init__()
            self.stride, self.extra = c_out // c_in, c_out - c_in
            self.conv1 = torch.nn.Conv2d(c_in, c_out, 3, self.stride, 1, bias=False)
            self.bn1 = torch.nn.BatchNorm2d(c_out)
            self.conv2 = torch.nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
            self.bn2 = torch.nn.BatchNorm2d(c_out)

        def forward(self, x):
            y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
            short = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.extra // 2, self.extra // 2))
            return F.relu(y + short)

    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 16, 3, 1, 1, bias=False), torch.nn.BatchNorm2d(16), torch.nn.ReLU(),
        Block(16, 16), Block(16, 32), Block(32, 64),
        torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(64, 10))
    x = torch.from_numpy(x).reshape(-1, 3, 32, 32)
    y = torch.from_numpy(y)
    batch = 128
    steps = epochs * (TRAIN // batch)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.2, total_steps=steps)
    accuracy = 0.0
    for epoch in range(epochs):
        net.train()
        order = torch.randperm(TRAIN)
        for k in range(TRAIN // batch):
            rows = order[k * batch : (k + 1) * batch]
            optimizer.zero_grad()
            F.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
            schedule.step()
        net.eval()
        with torch.no_grad():
            scores = torch.cat([net(part) for part in x[TRAIN:].split(500)])
        accuracy = (scores.argmax(1) == y[TRAIN:]).double().mean().item()
        print(f"ResNet-8, epoch {epoch + 1}: {accuracy:.3f}", flush=True)
    return accuracy


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dump")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    x, y = read(args.dump)
    good = linear_accuracy(x, y) < 0.60
    if args.epochs > 0:
        good = resnet_accuracy(x, y, args.epochs, args.threads) > 0.90 and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
