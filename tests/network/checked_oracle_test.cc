#include "src/network/checked_oracle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "tests/network/network_case.h"

namespace zo {
namespace {

using testing::cifar_network;
using testing::drawn_batches;
using testing::noisy_weights;

constexpr std::int64_t kWrongCoordinate = 5;

/// The reference oracle, but for one coordinate whose losses are off by `error`.
class Liar final : public NetworkOracle {
 public:
  Liar(std::unique_ptr<NetworkOracle> honest, double error)
      : NetworkOracle(honest->layout(), honest->precision()),
        honest_(std::move(honest)),
        error_(error) {}
  std::vector<double> values(std::span<const std::int64_t> at) const override {
    return honest_->values(at);
  }
  std::vector<double> theta() const override { return honest_->theta(); }
  std::vector<double> gradient() override { return honest_->gradient(); }
  const Network& network() const override { return honest_->network(); }
  Weights weights() const override { return honest_->weights(); }
  double cost(const Probe&) const override { return 0.125; }

 private:
  void do_begin_batch(std::int64_t batch) override { honest_->begin_batch(batch); }
  double do_base() override { return honest_->base(); }
  void do_move(const Update& update) override { honest_->move(update); }
  void do_evaluate(std::span<const Probe> probes,
                   std::span<double> losses,
                   std::span<double>) override {
    const auto values = honest_->evaluate(probes);
    for (std::size_t i = 0; i < probes.size(); ++i) {
      const auto* sparse = std::get_if<SparseProbe>(&probes[i]);
      const bool wrong = sparse != nullptr && sparse->edits()[0].index == kWrongCoordinate;
      losses[i] = values[i] + (wrong ? error_ : 0.0);
    }
  }
  std::unique_ptr<NetworkOracle> honest_;
  double error_;
};

std::unique_ptr<NetworkOracle> plain(OracleConfig config, const std::string& name = "mlp") {
  const Network network = cifar_network(name);
  return make_reference_oracle(network, noisy_weights(network, 3), drawn_batches(3, 4), config);
}

std::unique_ptr<NetworkOracle> watched(double error, std::int64_t checks, Precision precision) {
  OracleConfig config;
  config.precision = precision;
  return make_checked_oracle(std::make_unique<Liar>(plain(config), error), plain(config), checks);
}

std::vector<Probe> probes() {
  std::vector<Probe> list;
  for (std::int64_t i = 0; i < 8; ++i) list.push_back(coordinate_probe(i, 5e-3));
  list.push_back(
      DenseProbe{.scale = 1e-3, .seed = 9, .law = Law::Gaussian, .weights = {}, .vector = {}});
  return list;
}

TEST(CheckedOracle, GivesTheLossesOfTheFastOracleAndCountsChecksAsReports) {
  const auto oracle = watched(0.0, 4, Precision::Float64);
  const auto truth = plain({.precision = Precision::Float64});
  oracle->begin_batch(0);
  truth->begin_batch(0);
  EXPECT_EQ(oracle->base(), truth->base());
  EXPECT_EQ(oracle->evaluate(probes()), truth->evaluate(probes()));
  EXPECT_EQ(oracle->ledger().queries(), 10);
  EXPECT_EQ(oracle->ledger().report, 5);  // the base and four probes
  EXPECT_EQ(oracle->ledger().forward_equivalents, 1.0 + 9 * 0.125) << "not those of the fast one";
}

TEST(CheckedOracle, HandsOutTheExampleLossesOfTheFastOracle) {
  const OracleConfig config{.precision = Precision::Float64};
  const auto oracle = make_checked_oracle(plain(config), plain(config), 4);
  const auto truth = plain(config);
  for (auto* each : {oracle.get(), truth.get()}) each->begin_batch(0);
  EXPECT_EQ(oracle->examples(), 4);
  std::vector<double> rows, true_rows;
  EXPECT_EQ(oracle->evaluate(probes(), rows), truth->evaluate(probes(), true_rows));
  EXPECT_EQ(rows, true_rows);
  const auto base = oracle->base_examples(), true_base = truth->base_examples();
  EXPECT_TRUE(std::equal(base.begin(), base.end(), true_base.begin(), true_base.end()));
  EXPECT_EQ(oracle->ledger().queries(), 10);
}

TEST(CheckedOracle, StopsAtALossThatRoundingCannotExplain) {
  for (const auto& [precision, error] :
       {std::pair{Precision::Float32, 1e-4}, std::pair{Precision::Float64, 1e-9}}) {
    const auto oracle = watched(error, 200, precision);
    oracle->begin_batch(0);
    try {
      oracle->evaluate(probes());
      FAIL() << "a wrong loss went through";
    } catch (const Error& failure) {
      EXPECT_NE(std::string(failure.what()).find("[5] +0.005"), std::string::npos)
          << failure.what();
      EXPECT_EQ(std::string(failure.what()).find("delta oracle"), std::string::npos)
          << "it may be any: " << failure.what();
      EXPECT_EQ(failure.exit_code(), 1);
    }
  }
}

TEST(CheckedOracle, MovesBothOraclesTogether) {
  const auto oracle = watched(0.0, 8, Precision::Float32);
  for (int step = 0; step < 3; ++step) {
    oracle->begin_batch(step);
    oracle->evaluate(probes());
    Update update;
    update.edits = {{1, 0.25}, {700, -0.5}};
    oracle->move(update);
  }
  const auto truth = plain({});
  for (int step = 0; step < 3; ++step) {
    Update update;
    update.edits = {{1, 0.25}, {700, -0.5}};
    truth->move(update);
  }
  EXPECT_EQ(oracle->theta(), truth->theta());
}

TEST(CheckedOracle, HandsOutTheNetworkAndTheMovedStatisticsOfTheFastOracle) {
  auto fast = plain({}, "cnn");
  const NetworkOracle& inner = *fast;
  const Weights before = inner.weights();
  const auto oracle = make_checked_oracle(std::move(fast), plain({}, "cnn"), 1);
  EXPECT_EQ(&oracle->network(), &inner.network()) << "a copy of the network";
  oracle->begin_batch(0);
  oracle->base();
  oracle->move({});
  EXPECT_NE(oracle->weights().norms, before.norms);
  EXPECT_EQ(oracle->weights().norms, inner.weights().norms);
  EXPECT_EQ(oracle->weights().batches_tracked, 1);
}

}  // namespace
}  // namespace zo
