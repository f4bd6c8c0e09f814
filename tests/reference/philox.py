"""Philox4x32-10 and the streams drawn from it, in NumPy: an independent second writing of src/base/philox.h."""

import numpy as np

INIT, DENSE, TEST = 1, 7, 9  # purposes

_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


def philox4x32(counter: np.ndarray, key: int) -> np.ndarray:
    """Random words [n, 4] of the counters [n, 4], all as uint64 below 2^32 (Salmon et al., SC 2011)."""
    c = [counter[:, i].astype(np.uint64) for i in range(4)]
    k = [key & 0xFFFFFFFF, key >> 32]
    for _ in range(10):
        first = np.uint64(0xD2511F53) * c[0]
        second = np.uint64(0xCD9E8D57) * c[2]
        c = [
            (second >> _SHIFT) ^ c[1] ^ np.uint64(k[0]),
            second & _LOW,
            (first >> _SHIFT) ^ c[3] ^ np.uint64(k[1]),
            first & _LOW,
        ]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(c, axis=1)


class Stream:
    """The numbers named by (seed, purpose, step)."""

    def __init__(self, seed: int, purpose: int, step: int = 0):
        self.seed = seed
        self.tail = (step & 0xFFFFFFFF, (purpose << 24) | ((step >> 32) & 0xFFFFFF))

    def bits(self, n: int) -> np.ndarray:
        """The first n 64-bit words: two of them from each block, low half first."""
        blocks = np.arange((n + 1) // 2, dtype=np.uint64)
        tail = [np.full_like(blocks, word) for word in self.tail]
        words = philox4x32(np.stack([blocks & _LOW, blocks >> _SHIFT, *tail], axis=1), self.seed)
        low_first = np.stack([words[:, 0] | words[:, 1] << _SHIFT, words[:, 2] | words[:, 3] << _SHIFT], axis=1)
        return low_first.reshape(-1)[:n]

    def uniform(self, n: int) -> np.ndarray:
        """Uniform in (0, 1): the upper 53 bits, centred in their interval."""
        return ((self.bits(n) >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53

    def normal(self, n: int) -> np.ndarray:
        """Standard normals by Box-Muller, cosine and sine of one pair of uniforms in turn."""
        u = self.uniform(n + n % 2)
        radius, angle = np.sqrt(-2.0 * np.log(u[0::2])), 2.0 * np.pi * u[1::2]
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)[:n]

    def below(self, n: int, bound: int) -> np.ndarray:
        """Integers in [0, bound): the upper half of the 128-bit product."""
        return np.array([(int(word) * bound) >> 64 for word in self.bits(n)])

    def signs(self, n: int) -> np.ndarray:
        """±1, 64 to a word, lowest bit first."""
        words = self.bits((n + 63) // 64)
        bits = (words[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
        return bits.reshape(-1)[:n].astype(np.float64) * 2.0 - 1.0
