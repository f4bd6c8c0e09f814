#include "src/oracle/loss_oracle.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "src/base/error.h"
#include "src/oracle/function_oracle.h"

namespace zo {
namespace {

FunctionOracle sum_oracle() {
  return FunctionOracle(
      [](std::span<const double> x, std::int64_t batch) {
        return x[0] + x[1] + 100.0 * static_cast<double>(batch);
      },
      {1.0, 2.0});
}

TEST(LossOracle, BaseCostsOneQueryUntilBatchOrPointChanges) {
  FunctionOracle oracle = sum_oracle();
  EXPECT_EQ(oracle.base(), 3.0);
  EXPECT_EQ(oracle.base(), 3.0);
  EXPECT_EQ(oracle.ledger().base, 1);
  oracle.begin_batch(1);
  EXPECT_EQ(oracle.base(), 103.0);
  EXPECT_EQ(oracle.ledger().base, 2);
  Update update;
  update.edits.push_back({0, 4.0});
  oracle.move(update);
  EXPECT_EQ(oracle.base(), 107.0);
  EXPECT_EQ(oracle.ledger().base, 3);
}

TEST(LossOracle, EveryProbeIsOneQuery) {
  FunctionOracle oracle = sum_oracle();
  const std::vector<Probe> probes = {
      coordinate_probe(0, 1.0), pair_probe({0, 1.0}, {1, 1.0}), coordinate_probe(1, -1.0)};
  EXPECT_EQ(oracle.evaluate(probes), (std::vector<double>{4.0, 5.0, 2.0}));
  EXPECT_EQ(oracle.evaluate({}).size(), 0u);
  EXPECT_EQ(oracle.ledger().probe, 3);
  EXPECT_EQ(oracle.ledger().base, 0);
  EXPECT_EQ(oracle.ledger().queries(), 3);
  EXPECT_EQ(oracle.ledger().forward_equivalents, 3.0);
}

TEST(LossOracle, ForwardEquivalentsAddABaseLossAndTheCostOfEveryProbeButNoReports) {
  class Priced : public FunctionOracle {
   public:
    using FunctionOracle::FunctionOracle;
    double cost(const Probe& probe) const override {
      return std::get<SparseProbe>(probe).edits().size() == 1 ? 0.25 : 0.5;
    }
  };
  Priced oracle([](std::span<const double> x, std::int64_t) { return x[0] + x[1]; }, {1.0, 2.0});
  oracle.evaluate(std::vector<Probe>{
      coordinate_probe(0, 1.0), pair_probe({0, 1.0}, {1, 1.0}), coordinate_probe(1, 1.0)});
  EXPECT_EQ(oracle.ledger().forward_equivalents, 1.0);
  oracle.base();
  oracle.base();
  oracle.count_report(5);
  EXPECT_EQ(oracle.ledger().forward_equivalents, 2.0);
}

/// Two parameters of two coordinates; a probe takes a hundredth of its first edit's index, and one.
class TwoParameters final : public LossOracle {
 public:
  TwoParameters() : LossOracle(layout(), Precision::Float64) {}
  double cost(const Probe& probe) const override {
    const auto* sparse = std::get_if<SparseProbe>(&probe);
    return sparse != nullptr ? 1.0 + 0.01 * static_cast<double>(sparse->edits()[0].index) : 9.0;
  }
  std::vector<double> values(std::span<const std::int64_t>) const override { return {}; }
  std::vector<double> theta() const override { return std::vector<double>(4); }

 private:
  static Layout layout() {
    Layout two;
    two.append("first", {2}, Role::Plain);
    two.append("second", {2}, Role::Plain);
    return two;
  }
  void do_begin_batch(std::int64_t) override {}
  double do_base() override { return 0.0; }
  void do_evaluate(std::span<const Probe> probes, std::span<double>, std::span<double>) override {
    told(1, probes.size());
    told(static_cast<std::int64_t>(probes.size()), probes.size());
  }
  void do_move(const Update&) override {}
};

TEST(LossOracle, SparseProbesCountForTheParameterThatTheyEnterAt) {
  TwoParameters oracle;
  EXPECT_TRUE(oracle.ledger().parameters.empty());
  oracle.base();
  oracle.evaluate(std::vector<Probe>{coordinate_probe(1, 1.0),
                                     coordinate_probe(2, 1.0),
                                     pair_probe({3, 1.0}, {0, 1.0}),
                                     DenseProbe{1.0, 1, Law::Gaussian, nullptr, nullptr},
                                     coordinate_probe(3, 1.0)});
  const auto& parameters = oracle.ledger().parameters;
  ASSERT_EQ(parameters.size(), 2u);
  EXPECT_EQ(parameters[0].queries, 2);
  EXPECT_EQ(parameters[1].queries, 2);
  EXPECT_DOUBLE_EQ(parameters[0].forward_equivalents, 1.01 + 1.03);
  EXPECT_DOUBLE_EQ(parameters[1].forward_equivalents, 1.02 + 1.03);
}

TEST(LossOracle, WhoeverIsToldHearsHowFarAListIs) {
  TwoParameters oracle;
  std::vector<std::pair<std::int64_t, std::int64_t>> heard;
  const std::vector<Probe> probes(3, coordinate_probe(0, 1.0));
  oracle.evaluate(probes);
  oracle.tell([&](std::int64_t known, std::int64_t asked) { heard.emplace_back(known, asked); });
  oracle.evaluate(probes);
  oracle.tell({});
  oracle.evaluate(probes);
  EXPECT_EQ(heard, (std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 3}, {3, 3}}));
}

TEST(LossOracle, LossesThatAreNotFiniteAreReturnedAndCounted) {
  FunctionOracle oracle([](std::span<const double> x, std::int64_t) { return std::log(x[0]); },
                        {0.0});
  EXPECT_EQ(oracle.base(), -std::numeric_limits<double>::infinity());
  const std::vector<Probe> probes = {coordinate_probe(0, -1.0), coordinate_probe(0, 1.0)};
  const auto losses = oracle.evaluate(probes);
  EXPECT_TRUE(std::isnan(losses[0]));
  EXPECT_EQ(losses[1], 0.0);
  EXPECT_EQ(oracle.ledger().non_finite, 2);
}

TEST(LossOracle, RefusesCoordinatesAndDirectionsThatDoNotFit) {
  FunctionOracle oracle = sum_oracle();
  const Probe outside = coordinate_probe(2, 1.0), negative = coordinate_probe(-1, 1.0);
  EXPECT_THROW(oracle.evaluate({&outside, 1}), Error);
  EXPECT_THROW(oracle.evaluate({&negative, 1}), Error);
  DenseProbe dense;
  dense.vector = std::make_shared<const std::vector<double>>(3, 1.0);
  const Probe probe = dense;
  EXPECT_THROW(oracle.evaluate({&probe, 1}), Error);
  Update update;
  update.dense.assign(3, 1.0);
  EXPECT_THROW(oracle.move(update), Error);
  EXPECT_EQ(oracle.ledger().queries(), 0);
  EXPECT_EQ(oracle.theta(), (std::vector<double>{1.0, 2.0}));
}

TEST(LossOracle, RestoredLedgerContinuesCounting) {
  FunctionOracle oracle = sum_oracle();
  oracle.restore_ledger({.base = 10,
                         .probe = 20,
                         .report = 3,
                         .non_finite = 1,
                         .forward_equivalents = 2.5,
                         .parameters = {}});
  oracle.base();
  EXPECT_EQ(oracle.ledger().queries(), 31);
  EXPECT_EQ(oracle.ledger().report, 3);
  EXPECT_EQ(oracle.ledger().forward_equivalents, 3.5);
}

}  // namespace
}  // namespace zo
