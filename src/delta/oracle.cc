#include "src/delta/oracle.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "src/base/error.h"
#include "src/base/threads.h"
#include "src/delta/cpu/wave.h"

namespace zo {
namespace {

template <class T, class S>
class DeltaOracle final : public NetworkOracle {
 public:
  DeltaOracle(Network network, const Weights& weights, BatchFunction batches, OracleConfig config)
      : NetworkOracle(std::move(network), weights, std::move(batches), config),
        plan_(make_delta_plan(network_)),
        kernels_(*delta_kernels<T, S>()),
        pool_(std::max(1, config.threads)),
        weights_(plan_, kernels_.out_block, weights.theta),
        base_(plan_, *delta_kernels<T, T>(), DeltaBase<T>::Keeps::All) {
    for (int worker = 0; worker < pool_.size(); ++worker) {
      workers_.emplace_back(plan_, kernels_, config_.bn == BnMode::Batch);
    }
  }

  std::vector<double> values(std::span<const std::int64_t> coordinates) const override {
    std::vector<double> values;
    for (const auto i : coordinates) values.push_back(static_cast<double>(weights_.theta()[i]));
    return values;
  }
  std::vector<double> theta() const override {
    return {weights_.theta().begin(), weights_.theta().end()};
  }
  std::vector<double> gradient() override { return plain().gradient(); }

 private:
  /// Probes a wave: enough for the weights and base activations that they share to be worth
  /// fetching, few enough for the changes they carry to stay near the core.
  static constexpr int kWaveProbes = 2;

  void do_begin_batch(std::int64_t number) override {
    batch_ = batches_(number);
    base_.set_batch(batch_);
    base_loss_.reset();
    plain_.reset();
  }

  double do_base() override {
    compute_base();
    return *base_loss_;
  }

  void compute_base() {
    if (base_loss_) return;
    weights_.pack_direct();
    base_.run(weights_, network_.norms, running(), pool_);
    base_loss_ = base_.loss();
  }

  const std::vector<double>* running() const {
    return config_.bn == BnMode::Running ? &norms_ : nullptr;
  }

  void do_evaluate(std::span<const Probe> probes, std::span<double> losses) override {
    auto [placed, dense] = place_probes(plan_, weights_, probes);
    if (!placed.empty()) evaluate_sparse(placed, losses);
    if (!dense.empty()) evaluate_dense(probes, dense, losses);
  }

  void evaluate_sparse(std::vector<PlacedProbe>& probes, std::span<double> losses) {
    compute_base();
    weights_.pack_whole(kernels_);
    // The earlier a probe enters, the more it costs; the index makes the order complete.
    std::sort(probes.begin(), probes.end(), [](const PlacedProbe& a, const PlacedProbe& b) {
      return std::tie(a.entry, a.index) < std::tie(b.entry, b.index);
    });
    std::vector<std::span<const PlacedProbe>> waves;
    for (std::size_t first = 0; first < probes.size();) {
      std::size_t last = first + 1;
      while (last < probes.size() && last - first < kWaveProbes &&
             probes[last].entry == probes[first].entry) {
        ++last;
      }
      waves.push_back({probes.data() + first, last - first});
      first = last;
    }
    pool_.run(waves.size(), [&](std::size_t wave, int worker) {
      workers_[worker].run(base_, weights_, waves[wave], losses);
    });
  }

  /// A forward pass on one thread, with weights of its own.
  struct Forward {
    DeltaWeights<T> weights;
    DeltaBase<T> pass;
    ThreadPool alone{1};
  };

  /// Dense probes change all weights: a whole forward pass each, the same arithmetic as the base's.
  void evaluate_dense(std::span<const Probe> probes,
                      const std::vector<std::size_t>& dense,
                      std::span<double> losses) {
    forwards_.resize(pool_.size());
    const std::vector<double> here = theta();
    pool_.run(dense.size(), [&](std::size_t i, int worker) {
      auto& forward = forwards_[worker];
      if (!forward) {
        forward.reset(
            new Forward{DeltaWeights<T>(plan_, kernels_.out_block, here),
                        DeltaBase<T>(plan_, *delta_kernels<T, T>(), DeltaBase<T>::Keeps::Loss)});
      }
      std::vector<double> point = here;
      add_direction(std::get<DenseProbe>(probes[dense[i]]), point);
      forward->weights.assign(point);
      forward->weights.pack_direct();
      forward->pass.share_batch(base_);
      forward->pass.run(forward->weights, network_.norms, running(), forward->alone);
      losses[dense[i]] = forward->pass.loss();
    });
  }

  /// A reference oracle at the present point and batch.
  NetworkOracle& plain() {
    if (!plain_) {
      plain_ = make_reference_oracle(
          network_, weights(), [this](std::int64_t) { return batch_; }, config_);
      plain_->begin_batch(batch_.number);
    }
    return *plain_;
  }

  void do_move(const Update& update) override {
    if (base_loss_ && config_.bn == BnMode::Batch) {
      fold_statistics(base_.statistics(), base_.counts());
    }
    weights_.move(total_change(update, dimension()));
    base_loss_.reset();
    plain_.reset();
  }

  DeltaPlan plan_;
  const DeltaKernels<T, S>& kernels_;
  ThreadPool pool_;
  DeltaWeights<T> weights_;
  DeltaBase<T> base_;
  std::vector<DeltaWave<T, S>> workers_;
  std::vector<std::unique_ptr<Forward>> forwards_;
  Batch batch_;
  std::optional<double> base_loss_;
  std::unique_ptr<NetworkOracle> plain_;
};

}  // namespace

std::unique_ptr<NetworkOracle> make_delta_oracle(Network network,
                                                 const Weights& weights,
                                                 BatchFunction batches,
                                                 OracleConfig config) {
  if (config.precision == Precision::Float64) {
    if (config.differences == Differences::Bf16) {
      fail_usage("--differences bf16: needs --precision float32, got float64; drop one of the two");
    }
    return std::make_unique<DeltaOracle<double, double>>(
        std::move(network), weights, std::move(batches), config);
  }
  if (config.differences == Differences::Bf16) {
    return std::make_unique<DeltaOracle<float, Bf16>>(
        std::move(network), weights, std::move(batches), config);
  }
  return std::make_unique<DeltaOracle<float, float>>(
      std::move(network), weights, std::move(batches), config);
}

}  // namespace zo
