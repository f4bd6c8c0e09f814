#include "src/delta/placed_probe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "models/registry.h"

namespace zo {
namespace {

class PlaceProbes : public ::testing::Test {
 protected:
  std::int64_t at(const std::string& segment, std::int64_t entry) const {
    return network_.layout.find(segment)->offset + entry;
  }
  PlacedList place(const std::vector<Probe>& probes, int capacity = 2) const {
    return place_probes(
        plan_,
        probes,
        [](const Edit& edit) { return 2.0 * edit.delta; },
        [=](int entry) { return capacity + entry; });
  }
  /// Probes of three units, a NaN and a dense one among them, the dearest last.
  std::vector<Probe> mixed() const {
    std::vector<Probe> probes;
    for (const std::int64_t entry : {7, 3, 5}) {
      probes.push_back(coordinate_probe(at("fc.bias", entry), 0.5));
      probes.push_back(coordinate_probe(at("conv3.weight", entry), std::nan("")));
      probes.push_back(coordinate_probe(at("conv3.weight", entry), 0.25));
      probes.push_back(coordinate_probe(at("conv1.weight", entry), 0.5));
    }
    // Enters at its second edit.
    probes.push_back(pair_probe({at("fc.bias", 0), 0.5}, {at("conv1.weight", 9), 0.5}));
    DenseProbe dense;
    dense.scale = 1.0;
    probes.insert(probes.begin() + 1, dense);
    return probes;
  }

  Network network_ = make_network("cnn", {3, 32, 32}, 10);
  DeltaPlan plan_ = make_delta_plan(network_);
};

TEST_F(PlaceProbes, WavesHoldOneEntryEachTheEarliestFirstAndAreFilled) {
  const PlacedList list = place(mixed());
  EXPECT_EQ(list.dense, std::vector<std::size_t>{1});
  std::vector<std::pair<int, std::size_t>> waves;  // entry and size
  std::int64_t places = 0;
  for (const Wave& wave : list.waves) {
    const int entry = wave.probes[0].entry;
    for (const PlacedProbe& probe : wave.probes) EXPECT_EQ(probe.entry, entry);
    EXPECT_EQ(wave.capacity, 2 + entry);
    EXPECT_EQ(wave.place, places);
    places += wave.capacity;
    waves.emplace_back(entry, wave.probes.size());
  }
  EXPECT_EQ(list.places, places);
  const int last = static_cast<int>(plan_.units.size()) - 1;
  const std::vector<std::pair<int, std::size_t>> expected{
      {0, 2}, {0, 2}, {2, 4}, {2, 2}, {last, 3}};
  EXPECT_EQ(waves, expected);
}

TEST_F(PlaceProbes, TheOrderDoesNotDependOnTheCallers) {
  auto probes = mixed();
  const auto steps = [&] {
    std::vector<std::vector<double>> steps;
    for (const PlacedProbe& probe : place(probes).sparse) {
      for (const PlacedEdit& e : probe.all()) {
        // A NaN as a number that equals itself.
        const double step = std::isnan(e.delta) ? -1.0 : e.delta;
        steps.push_back({double(e.unit), double(e.out), double(e.in), double(e.tap), step});
      }
    }
    return steps;
  };
  const auto given = steps();
  std::reverse(probes.begin(), probes.end());
  EXPECT_EQ(steps(), given);
  std::rotate(probes.begin(), probes.begin() + 5, probes.end());
  EXPECT_EQ(steps(), given);
}

TEST_F(PlaceProbes, AProbeKnowsItsStepsAndTheDifferentChannelsThatItsEntryChanges) {
  const std::vector<Edit> edits{{at("conv3.weight", 0), 0.5},
                                {at("conv2.bias", 6), 0.25},
                                {at("conv2.bias", 2), 0.125},
                                {at("bn2.weight", 6), 1.0}};
  const std::vector<Probe> probes{coordinate_probe(at("fc.bias", 0), 1.0), SparseProbe(edits)};
  const PlacedList list = place(probes);
  const PlacedProbe& probe = list.sparse[0];
  EXPECT_EQ(probe.index, 1U);
  EXPECT_EQ(probe.entry, 1);
  EXPECT_EQ(probe.all()[1].delta, 0.5);
  EXPECT_EQ(std::vector<int>(probe.channels().begin(), probe.channels().end()),
            (std::vector<int>{6, 2}));
  EXPECT_EQ(probe.change_of(2), 1);
  EXPECT_EQ(probe.change_of(0), -1);
}

}  // namespace
}  // namespace zo
