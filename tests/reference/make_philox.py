"""Prints the numbers of one Philox stream that tests/base/philox_test.cc expects."""

import numpy as np
from philox import TEST, Stream, philox4x32

SEED, STEP = 0x0123456789ABCDEF, (1 << 40) + 7  # a step that fills both counter words

if __name__ == "__main__":
    stream = Stream(SEED, TEST, STEP)
    print("bits 0, 1, 2, 5:", [hex(stream.bits(6)[i]) for i in (0, 1, 2, 5)])
    block = (1 << 32) + 2  # of numbers 2^33 + 4 and 2^33 + 5
    counter = [block & 0xFFFFFFFF, block >> 32, *stream.tail]
    print("words of block 2^32 + 2:", [hex(w) for w in philox4x32(np.array([counter], np.uint64), SEED)[0]])
    print("uniform 3:", repr(stream.uniform(4)[3]))
    print("below 1000 at 4:", stream.below(5, 1000)[4])
    print("normals 6, 7:", *map(repr, stream.normal(8)[6:]))
