#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "src/base/philox.h"
#include "tests/network/network_case.h"

/// What the tests of both delta oracles draw and compare.
namespace zo::testing {

constexpr std::int64_t kRows = 21;  // fills no vector width

/// Coordinates drawn segment by segment, so that small parameters are met as often as large ones.
class ProbeDraw {
 public:
  ProbeDraw(const Layout& layout, std::uint64_t seed)
      : layout_(layout), stream_(seed, Purpose::Test, 77) {}

  Edit edit() {
    const Segment& segment = layout_.segments[stream_.below(next_++, layout_.segments.size())];
    return {segment.offset + static_cast<std::int64_t>(stream_.below(next_++, segment.size)),
            0.02 * stream_.normal(next_++)};
  }
  /// Another edit of the same output channel or its neighbourhood where there is one.
  Edit neighbour(const Edit& edit) {
    const Segment& segment = layout_.segment_of(edit.index);
    const std::int64_t shifted =
        edit.index + 1 + static_cast<std::int64_t>(stream_.below(next_++, 9));
    const std::int64_t last = segment.offset + segment.size - 1;
    return {std::min(shifted, last), 0.02 * stream_.normal(next_++)};
  }
  Probe probe(int kind) {
    std::vector<Edit> edits{edit()};
    if (kind == 1) edits.push_back(edit());
    if (kind == 2) edits.push_back(neighbour(edits[0]));
    while (kind == 3 && edits.size() < 8) edits.push_back(edit());
    std::sort(edits.begin(), edits.end(), [](auto a, auto b) { return a.index < b.index; });
    edits.erase(
        std::unique(edits.begin(), edits.end(), [](auto a, auto b) { return a.index == b.index; }),
        edits.end());
    return SparseProbe(edits);
  }
  /// Coordinate, pair, near pair and block probes in turn.
  std::vector<Probe> probes(int count) {
    std::vector<Probe> probes;
    for (int i = 0; i < count; ++i) probes.push_back(probe(i % 4));
    return probes;
  }
  /// Coordinate probes of the size that estimators take.
  std::vector<Probe> small_probes(int count) {
    std::vector<Probe> probes;
    for (int i = 0; i < count; ++i) probes.push_back(coordinate_probe(edit().index, 5e-3));
    return probes;
  }

 private:
  const Layout& layout_;
  Philox stream_;
  std::uint64_t next_ = 0;
};

/// Noisy weights with the running statistics of three batches: 0 and 1 would let activations, and
/// so losses and their rounding, grow from layer to layer.
inline Weights settled_weights(const Network& network) {
  auto oracle = make_reference_oracle(
      network, noisy_weights(network, 5), drawn_batches(1, kRows), {.threads = 2});
  for (int batch = 0; batch < 3; ++batch) {
    oracle->begin_batch(batch);
    oracle->base();
    oracle->move({});
  }
  return oracle->weights();
}

inline double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    // Written so that a NaN counts as a difference.
    if (!(std::abs(a[i] - b[i]) <= largest)) largest = std::abs(a[i] - b[i]);
  }
  return largest;
}

}  // namespace zo::testing
