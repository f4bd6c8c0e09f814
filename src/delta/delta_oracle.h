#pragma once
#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "src/base/error.h"
#include "src/base/threads.h"
#include "src/delta/cost.h"
#include "src/delta/placed_probe.h"
#include "src/delta/plan.h"
#include "src/delta/theta.h"
#include "src/kernels/bf16.h"
#include "src/network/network_oracle.h"
#include "src/network/network_state.h"

namespace zo {

/// What computes for DeltaOracle. Engines are made from (plan, state) and perhaps more; a batch and
/// a point are set before anything is asked for, a base pass is computed before waves, and losses
/// are read from their places when all waves and dense probes of a list are done.
template <class E>
concept DeltaEngine = requires(E engine,
                               const E& fixed,
                               const Batch& batch,
                               const Theta<typename E::Number>& theta,
                               ThreadPool& pool,
                               std::span<const Wave> waves,
                               const DenseProbe& probe,
                               std::span<double> losses) {
  // How many threads may call `wave` and `dense` at once.
  { fixed.workers() } -> std::same_as<int>;
  engine.set_batch(batch);
  engine.set_point(theta);  // stays alive; called again whenever it has moved
  // The loss at the point, and what the norms normalised by there: mean and biased variance, laid
  // out as Network::norms.
  { engine.base(pool) } -> std::same_as<double>;
  { fixed.statistics() } -> std::same_as<std::vector<double>>;
  // Probes in a wave that enters at unit 0; fixed for a batch.
  { fixed.capacity(0) } -> std::same_as<int>;
  // Losses of the examples there, whose mean it is.
  fixed.base_examples(losses);
  // Makes ready for these waves, and for losses in that many places; those of examples, too?
  engine.begin(waves, std::int64_t{0}, bool{});
  engine.wave(std::size_t{0}, int{0});           // number, worker
  engine.dense(probe, std::int64_t{0}, int{0});  // place, worker
  // All places, and their examples [places, rows of the batch], empty where they were not asked.
  engine.read(losses, losses);
};

/// The delta oracle on any engine: θ, batches, the base point, and lists of probes sorted, cut into
/// waves and handed out. What is computed where is the engine's.
template <DeltaEngine Engine>
class DeltaOracle final : public NetworkOracle {
 public:
  template <class... Args>
  DeltaOracle(Network network,
              const Weights& weights,
              BatchFunction batches,
              OracleConfig config,
              const Args&... args)
      : NetworkOracle(network.layout, config.precision),
        state_(std::move(network), weights, std::move(batches), config),
        plan_(make_delta_plan(state_.network())),
        cost_(plan_),
        theta_(weights.theta),
        engine_(plan_, state_, args...),
        pool_(engine_.workers()) {
    engine_.set_point(theta_);
  }

  const Network& network() const override { return state_.network(); }
  Weights weights() const override { return state_.weights(theta()); }
  std::vector<double> theta() const override { return theta_.values(); }
  std::vector<double> values(std::span<const std::int64_t> coordinates) const override {
    std::vector<double> values;
    for (const auto i : coordinates) values.push_back(theta_.value(i));
    return values;
  }
  std::int64_t examples() const override { return batch_.rows; }
  double cost(const Probe& probe) const override {
    const auto* sparse = std::get_if<SparseProbe>(&probe);
    return sparse != nullptr ? cost_.share(*sparse) : 1.0;
  }
  double effort(const Probe& probe) const override {
    const auto* sparse = std::get_if<SparseProbe>(&probe);
    return sparse != nullptr ? cost_.effort(*sparse) : 1.0;
  }
  /// By backpropagation through a reference oracle at the present point and batch.
  std::vector<double> gradient() override {
    const auto plain = make_reference_oracle(
        network(), weights(), [this](std::int64_t) { return batch_; }, state_.config());
    plain->begin_batch(batch_.number);
    return plain->gradient();
  }

 private:
  void do_begin_batch(std::int64_t number) override {
    batch_ = state_.batch(number);
    engine_.set_batch(batch_);
    base_loss_.reset();
  }

  double do_base() override {
    if (!base_loss_) base_loss_ = engine_.base(pool_);
    return *base_loss_;
  }

  void do_base_examples(std::span<double> rows) override { engine_.base_examples(rows); }

  void do_evaluate(std::span<const Probe> probes,
                   std::span<double> losses,
                   std::span<double> rows) override {
    const PlacedList list = place_probes(
        plan_,
        probes,
        [this](const Edit& edit) { return theta_.step(edit.index, edit.delta); },
        [this](int entry) { return engine_.capacity(entry); });
    if (!list.waves.empty()) do_base();
    std::vector<double> places(list.places + static_cast<std::int64_t>(list.dense.size()));
    std::vector<double> examples(rows.empty() ? 0 : places.size() * batch_.rows);
    engine_.begin(list.waves, static_cast<std::int64_t>(places.size()), !rows.empty());
    std::atomic<std::int64_t> known{0};
    const auto count = [&](std::size_t losses_more, int worker) {
      known += static_cast<std::int64_t>(losses_more);
      if (worker == 0) told(known, probes.size());
    };
    pool_.run(list.waves.size(), [&](std::size_t i, int worker) {
      engine_.wave(i, worker);
      count(list.waves[i].probes.size(), worker);
    });
    pool_.run(list.dense.size(), [&](std::size_t i, int worker) {
      engine_.dense(std::get<DenseProbe>(probes[list.dense[i]]),
                    list.places + static_cast<std::int64_t>(i),
                    worker);
      count(1, worker);
    });
    engine_.read(places, examples);
    const auto give = [&](std::int64_t probe, std::int64_t place) {
      losses[probe] = places[place];
      if (!rows.empty()) {
        std::copy_n(&examples[place * batch_.rows], batch_.rows, &rows[probe * batch_.rows]);
      }
    };
    for (const Wave& wave : list.waves) {
      for (std::size_t i = 0; i < wave.probes.size(); ++i) {
        give(wave.probes[i].index, wave.place + static_cast<std::int64_t>(i));
      }
    }
    for (std::size_t i = 0; i < list.dense.size(); ++i) {
      give(list.dense[i], list.places + static_cast<std::int64_t>(i));
    }
  }

  void do_move(const Update& update) override {
    if (base_loss_ && state_.follows_batch()) {
      state_.fold({engine_.statistics(), plan_.norm_counts(batch_.rows)});
    }
    theta_.move(total_change(update, dimension()));
    engine_.set_point(theta_);
    base_loss_.reset();
  }

  NetworkState state_;
  DeltaPlan plan_;
  ProbeCost cost_;
  Theta<typename Engine::Number> theta_;
  Engine engine_;
  ThreadPool pool_;
  Batch batch_;
  std::optional<double> base_loss_;
};

/// make(T(), S()) for the types of arithmetic and differences that `config` names. Throws
/// Error(Usage) for bf16 differences in float64.
template <class Make>
std::unique_ptr<NetworkOracle> with_types(const OracleConfig& config, const Make& make) {
  const bool bf16 = config.differences == Differences::Bf16;
  if (config.precision == Precision::Float32) {
    return bf16 ? make(float(), Bf16()) : make(float(), float());
  }
  if (bf16) {
    fail_usage("--differences bf16: needs --dtype float32, got float64; drop one of the two");
  }
  return make(double(), double());
}

}  // namespace zo
