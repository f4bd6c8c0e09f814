"""Order of a 12-picture epoch by Fisher and Yates, over the second writing of Philox in philox.py.

Prints the two lists that tests/data/batches_test.cc expects for seed 5, epochs 0 and 3.
"""

from philox import Stream

SHUFFLE = 2  # Purpose::Shuffle


def epoch_order(size, seed, epoch):
    words = Stream(seed, SHUFFLE, epoch).bits(size)
    order = list(range(size))
    for i in range(size - 1, 0, -1):
        j = int(words[i]) * (i + 1) >> 64
        order[i], order[j] = order[j], order[i]
    return order


if __name__ == "__main__":
    for epoch in (0, 3):
        print(epoch_order(12, 5, epoch))
