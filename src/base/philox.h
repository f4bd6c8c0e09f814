#pragma once
#include <cmath>
#include <cstdint>

#include "src/base/hd.h"

namespace zo {

/// Four 32-bit words: a counter going in, or random bits coming out.
struct Words4 {
  std::uint32_t w[4];
};

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011): maps a counter and a 64-bit key to 128
/// random bits. Stateless, so any thread, device or resumed run draws the same numbers.
ZO_HD inline Words4 philox4x32(Words4 counter, std::uint64_t key) {
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  std::uint32_t c0 = counter.w[0], c1 = counter.w[1], c2 = counter.w[2], c3 = counter.w[3];
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = 0xD2511F53ull * c0;
    const std::uint64_t p1 = 0xCD9E8D57ull * c2;
    const std::uint32_t n0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    const std::uint32_t n2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<std::uint32_t>(p1);
    c3 = static_cast<std::uint32_t>(p0);
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

/// What a stream of random numbers is for. The value is part of the counter, so two purposes never
/// share numbers. Recorded in logs: never renumber.
enum class Purpose : std::uint32_t {
  Init = 1,       // weights at the start; step = parameter number
  Shuffle = 2,    // order of the samples; step = epoch
  Augment = 3,    // crop and flip; step = batch number, index = row
  Subspace = 4,   // coordinates and pairs of a period; step = period
  Mask = 5,       // DeepZero's masks; step = mask number
  Direction = 6,  // seeds of dense directions; step = step, index = direction
  Dense = 7,      // entries of a dense direction; the key is the direction's seed
  Shapes = 8,     // the generated picture set; step = picture
  Test = 9,       // tests and benchmarks
  Output = 10,    // RSPG's random output index
  Check = 12,     // which probes are also computed the plain way; step = list of probes
  Problem = 11,   // starts and constants of test problems; step = which
  Sample = 13,    // which coordinates a weighted draw takes; step = period, index = coordinate
  Pairing = 14,   // who is tried as a partner; step = period
};

/// A stream of random numbers named by (seed, purpose, step); number `index` of it is a pure
/// function of these four.
class Philox {
 public:
  ZO_HD Philox(std::uint64_t seed, Purpose purpose, std::uint64_t step = 0)
      : key_(seed),
        c2_(static_cast<std::uint32_t>(step)),
        c3_((static_cast<std::uint32_t>(purpose) << 24) |
            (static_cast<std::uint32_t>(step >> 32) & 0xFFFFFFu)) {}

  /// 128 random bits of block `block`.
  ZO_HD Words4 words(std::uint64_t block) const {
    return philox4x32(
        {{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), c2_, c3_}},
        key_);
  }
  /// 64 random bits.
  ZO_HD std::uint64_t bits(std::uint64_t index) const {
    const Words4 b = words(index >> 1);
    const int at = static_cast<int>(index & 1) * 2;
    return (static_cast<std::uint64_t>(b.w[at + 1]) << 32) | b.w[at];
  }
  /// Uniform in (0, 1], 53 bits: never 0, so its logarithm is finite.
  ZO_HD double uniform(std::uint64_t index) const { return to_unit(bits(index)); }
  /// Uniform integer in [0, n), n > 0; the bias of the multiplication is below n / 2^64.
  ZO_HD std::uint64_t below(std::uint64_t index, std::uint64_t n) const {
#ifdef __CUDA_ARCH__
    return __umul64hi(bits(index), n);
#else
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(bits(index)) * n) >> 64);
#endif
  }
  /// Both standard normals of a block (Box-Muller), entries 2·block and 2·block + 1.
  ZO_HD void normal_pair(std::uint64_t block, double& first, double& second) const {
    const double radius = std::sqrt(-2.0 * std::log(uniform(2 * block)));
    const double angle = 6.283185307179586476925286766559 * uniform(2 * block + 1);
    first = radius * std::cos(angle);
    second = radius * std::sin(angle);
  }
  /// Standard normal number `index`.
  ZO_HD double normal(std::uint64_t index) const {
    double first = 0.0, second = 0.0;
    normal_pair(index >> 1, first, second);
    return (index & 1) != 0 ? second : first;
  }

 private:
  ZO_HD static double to_unit(std::uint64_t bits) {
    return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53;
  }
  std::uint64_t key_;
  std::uint32_t c2_, c3_;
};

}  // namespace zo
