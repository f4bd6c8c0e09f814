"""Order of a 12-picture epoch, drawn by a Philox4x32-10 written here from the paper's round function.

Prints the two lists that tests/data/batches_test.cc expects for seed 5, epochs 0 and 3.
"""

SHUFFLE = 2  # Purpose::Shuffle


def philox(counter, key):
    k0, k1 = key & 0xFFFFFFFF, key >> 32
    c = list(counter)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k0, p1 & 0xFFFFFFFF, (p0 >> 32) ^ c[3] ^ k1, p0 & 0xFFFFFFFF]
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c


def bits(seed, purpose, step, index):
    block, half = divmod(index, 2)
    w = philox([block & 0xFFFFFFFF, block >> 32, step & 0xFFFFFFFF, purpose << 24 | step >> 32], seed)
    return w[2 * half + 1] << 32 | w[2 * half]


def epoch_order(size, seed, epoch):
    order = list(range(size))
    for i in range(size - 1, 0, -1):
        j = bits(seed, SHUFFLE, epoch, i) * (i + 1) >> 64
        order[i], order[j] = order[j], order[i]
    return order


if __name__ == "__main__":
    for epoch in (0, 3):
        print(epoch_order(12, 5, epoch))
