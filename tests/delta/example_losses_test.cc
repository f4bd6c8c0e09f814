#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <vector>

#include "src/kernels/cross_entropy.h"
#include "tests/delta/delta_oracle_on.h"

namespace zo {
namespace {

using testing::DeltaOracleOn;
using testing::drawn_direction;
using testing::largest_difference;
using testing::ProbeDraw;

std::vector<double> base_rows(LossOracle& oracle) {
  const auto rows = oracle.base_examples();
  return {rows.begin(), rows.end()};
}

/// Losses of the probes' examples less those at the base point.
std::vector<double> example_changes(LossOracle& oracle, std::span<const Probe> probes) {
  std::vector<double> rows;
  oracle.evaluate(probes, rows);
  const auto base = oracle.base_examples();
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] -= base[i % base.size()];
  return rows;
}

TEST_P(DeltaOracleOn, GivesTheLossOfEveryExampleWhoseMeanIsTheQuerysBitForBit) {
  auto probes = ProbeDraw(network().layout, 7).probes(case_->count(40));
  probes.insert(probes.begin() + 5, drawn_direction(1e-3, 4));
  const auto oracle = delta(3);
  const std::int64_t rows = oracle->examples();
  std::vector<double> each;
  const auto losses = oracle->evaluate(probes, each);
  ASSERT_EQ(each.size(), probes.size() * static_cast<std::size_t>(rows));
  EXPECT_EQ(losses, oracle->evaluate(probes));
  for (std::size_t i = 0; i < probes.size(); ++i) {
    EXPECT_EQ(mean_of_rows(&each[i * rows], rows), losses[i]) << i;
  }
  EXPECT_EQ(mean_of_rows(oracle->base_examples().data(), rows), oracle->base());
  // Seen or not, a loss is one query, and the base is asked once.
  EXPECT_EQ(oracle->ledger().probe, static_cast<std::int64_t>(2 * probes.size()));
  EXPECT_EQ(oracle->ledger().base, 1);
}

TEST_P(DeltaOracleOn, ExampleLossesAreThoseOfTheReferenceRowByRow) {
  const auto probes = ProbeDraw(network().layout, 7).probes(case_->count(40));
  const auto oracle = delta(3), reference = truth(3);
  ASSERT_EQ(oracle->examples(), reference->examples());
  if (exact_) {
    EXPECT_LE(largest_difference(base_rows(*oracle), base_rows(*reference)), bound_);
    EXPECT_LE(
        largest_difference(example_changes(*oracle, probes), example_changes(*reference, probes)),
        bound_);
    return;
  }
  // The logits of a single row in float32 are sums in another order, and no mean over rows cancels
  // their roundings: base rows may differ by what --check-oracle allows of a loss. What probes
  // change is carried as a difference: against float64 it errs no more than whole passes do.
  const auto rows = base_rows(*reference);
  const double largest = *std::max_element(rows.begin(), rows.end());
  EXPECT_LE(largest_difference(base_rows(*oracle), rows), 4e-6 * std::max(1.0, largest));
  config_.precision = Precision::Float64;
  const auto exact = truth(3);
  const auto changes = example_changes(*exact, probes);
  const double plain = largest_difference(example_changes(*reference, probes), changes);
  EXPECT_LE(largest_difference(example_changes(*oracle, probes), changes), std::max(bound_, plain));
}

TEST_P(DeltaOracleOn, ExampleLossesFollowBatchesAndMoves) {
  const Update update{.edits = {{3, 0.25}}, .dense = {}, .directions = {}};
  const auto oracle = delta(), moved = delta(), other = delta(2);
  const auto before = base_rows(*oracle);
  oracle->move(update);
  moved->move(update);
  EXPECT_EQ(base_rows(*oracle), base_rows(*moved));
  EXPECT_NE(base_rows(*oracle), before);
  oracle->begin_batch(2);
  other->move(update);
  EXPECT_EQ(base_rows(*oracle), base_rows(*other));
}

INSTANTIATE_TEST_SUITE_P(Engines, DeltaOracleOn, testing::every_engine(), testing::case_name);
INSTANTIATE_TEST_SUITE_P(Emulated, DeltaOracleOn, testing::emulated_engine(), testing::case_name);

}  // namespace
}  // namespace zo
