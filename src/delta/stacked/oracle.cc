#include "src/delta/stacked/oracle.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include "models/forward.h"
#include "src/base/error.h"
#include "src/delta/stacked/cuda/kernels.h"
#include "src/delta/stacked/wave.h"
#include "src/network/cuda_device.h"

namespace zo {
namespace {

template <class T, class S>
class StackedOracle final : public NetworkOracle {
 public:
  StackedOracle(Network network,
                const Weights& weights,
                BatchFunction batches,
                OracleConfig config,
                const StackedKernels<T, S>& kernels,
                std::int64_t wave_bytes)
      : NetworkOracle(std::move(network), weights, std::move(batches), config),
        device_(open_device(config.device)),
        plan_(make_delta_plan(network_)),
        kernels_(kernels),
        wave_bytes_(wave_bytes),
        weights_(plan_, 1, weights.theta),
        base_(plan_, kernels_.base),
        dense_(plan_, kernels_.base),
        wave_(plan_, kernels_, config_.bn == BnMode::Batch) {
    if (config_.bn == BnMode::Running) running_ = to_tensor(norms_, at::kDouble).to(device_);
    place_weights();
  }

  std::vector<double> values(std::span<const std::int64_t> coordinates) const override {
    std::vector<double> values;
    for (const auto i : coordinates) values.push_back(static_cast<double>(weights_.theta()[i]));
    return values;
  }
  std::vector<double> theta() const override {
    return {weights_.theta().begin(), weights_.theta().end()};
  }
  /// By backpropagation through a reference oracle at the present point and batch.
  std::vector<double> gradient() override {
    const auto plain = make_reference_oracle(
        network_, weights(), [this](std::int64_t) { return batch_; }, config_);
    plain->begin_batch(batch_.number);
    return plain->gradient();
  }

 private:
  /// Places in a wave where differences are so small that memory sets no limit.
  static constexpr std::int64_t kMostPlaces = 256;

  void place_weights() {
    const c10::InferenceMode no_graph;
    const at::Tensor host =
        at::from_blob(const_cast<T*>(weights_.theta().data()), {dimension()}, stored_type<T>());
    theta_ = at::empty({dimension()}, host.options().device(device_)).copy_(host);
    parameters_ = parameter_views(network_, theta_);
    wide_ = parameter_views(network_, theta_.to(stored_type<S>()));
  }

  void do_begin_batch(std::int64_t number) override {
    const c10::InferenceMode no_graph;
    batch_ = batches_(number);
    check_size();
    stack_.pictures =
        picture_tensor(batch_, network_.input, stored_type<T>()).contiguous().to(device_);
    stack_.labels = at::tensor(batch_.labels, at::kInt).to(device_);
    base_loss_.reset();
  }

  /// Kernels number the elements of a layer by 32 bits.
  void check_size() const {
    std::int64_t picture = network_.input.size();
    for (const DeltaUnit& unit : plan_.units) {
      picture = std::max(picture, std::int64_t{unit.mid.channels} * unit.mid.pixels());
    }
    const std::int64_t most = std::numeric_limits<Index>::max() / picture;
    if (batch_.rows > most) {
      fail_usage(
          "--batch: {} pictures are too many for {} on a GPU; take at most {}, or --device cpu",
          batch_.rows,
          network_.name,
          most);
    }
  }

  double do_base() override {
    const c10::InferenceMode no_graph;
    compute_base();
    return *base_loss_;
  }

  void compute_base() {
    if (base_loss_) return;
    base_.run(stack_, parameters_, network_.norms, running_);
    base_loss_ = base_.loss().template item<double>();
  }

  void do_evaluate(std::span<const Probe> probes, std::span<double> losses) override {
    const c10::InferenceMode no_graph;
    auto [placed, dense] = place_probes(plan_, weights_, probes);
    if (!placed.empty()) evaluate_sparse(placed, losses);
    if (!dense.empty()) evaluate_dense(probes, dense, losses);
  }

  /// Waves are cut from a list whose order does not depend on the caller's.
  static bool before(const PlacedProbe& a, const PlacedProbe& b) {
    if (a.entry != b.entry) return a.entry < b.entry;
    const auto key = [](const PlacedEdit& e) {
      return std::tuple(e.unit, e.kind, e.out, e.in, e.tap, e.delta);
    };
    const auto x = a.all(), y = b.all();
    return std::lexicographical_compare(
        x.begin(), x.end(), y.begin(), y.end(), [&](const auto& p, const auto& q) {
          return key(p) < key(q);
        });
  }

  /// Places in a wave that enters at unit `entry`, by the largest layer behind.
  int capacity(int entry) const {
    std::int64_t bytes = 1;
    for (int u = entry; u < static_cast<int>(plan_.units.size()); ++u) {
      const PlaneShape& shape = plan_.units[u].mid;
      const std::int64_t planes = u == entry ? 1 : shape.channels;
      bytes = std::max<std::int64_t>(bytes, planes * shape.pixels() * sizeof(S) * batch_.rows);
    }
    return static_cast<int>(std::clamp(wave_bytes_ / bytes, std::int64_t{1}, kMostPlaces));
  }

  void evaluate_sparse(std::vector<PlacedProbe>& probes, std::span<double> losses) {
    compute_base();
    std::stable_sort(probes.begin(), probes.end(), before);
    RecordMemory memory;
    std::vector<WaveRecords> waves;
    std::vector<std::int64_t> first_loss;  // of each wave, in the list of all places
    std::vector<std::int64_t> place(probes.size());
    std::int64_t places = 0;
    for (std::size_t first = 0; first < probes.size();) {
      const int size = capacity(probes[first].entry);
      std::size_t last = first;
      while (last < probes.size() && last - first < static_cast<std::size_t>(size) &&
             probes[last].entry == probes[first].entry) {
        place[last] = places + static_cast<std::int64_t>(last - first);
        ++last;
      }
      waves.push_back(make_wave_records(
          plan_, {probes.data() + first, last - first}, size, batch_.rows, memory));
      first_loss.push_back(places);
      places += size;
      first = last;
    }
    memory.upload(device_);
    const at::Tensor results = at::empty({places}, theta_.options().dtype(at::kDouble));
    for (std::size_t i = 0; i < waves.size(); ++i) {
      wave_.run(
          waves[i], memory, base_, parameters_, wide_, results.data_ptr<double>() + first_loss[i]);
    }
    const at::Tensor here = results.cpu();
    for (std::size_t i = 0; i < probes.size(); ++i) {
      losses[probes[i].index] = here.const_data_ptr<double>()[place[i]];
    }
  }

  /// The base's arithmetic at another point.
  void evaluate_dense(std::span<const Probe> probes,
                      const std::vector<std::size_t>& dense,
                      std::span<double> losses) {
    const at::Tensor point = at::empty_like(theta_);
    const auto parameters = parameter_views(network_, point);
    std::vector<at::Tensor> results;
    for (const std::size_t i : dense) {
      const auto& probe = std::get<DenseProbe>(probes[i]);
      const at::Tensor vector = upload(probe.vector), weights = upload(probe.weights);
      Perturb<T> work;
      work.count = dimension();
      work.theta = theta_.template const_data_ptr<T>();
      work.out = point.template data_ptr<T>();
      work.scale = probe.scale;
      work.seed = probe.seed;
      work.law = probe.law;
      if (vector.defined()) work.vector = vector.const_data_ptr<double>();
      if (weights.defined()) work.weights = weights.const_data_ptr<double>();
      check_launch(kernels_.base.perturb(work), kernels_.base.reason);
      dense_.run(stack_, parameters, network_.norms, running_);
      results.push_back(dense_.loss());
    }
    const at::Tensor here = at::cat(results).cpu();
    for (std::size_t k = 0; k < dense.size(); ++k) {
      losses[dense[k]] = here.const_data_ptr<double>()[k];
    }
  }

  at::Tensor upload(const std::shared_ptr<const std::vector<double>>& values) const {
    if (values == nullptr) return {};
    return to_tensor(*values, at::kDouble).to(device_);
  }

  void do_move(const Update& update) override {
    if (base_loss_ && config_.bn == BnMode::Batch) {
      fold_statistics(base_.statistics(), base_.counts());
    }
    weights_.move(total_change(update, dimension()));
    place_weights();
    base_loss_.reset();
  }

  at::Device device_;
  DeltaPlan plan_;
  const StackedKernels<T, S>& kernels_;
  std::int64_t wave_bytes_;
  DeltaWeights<T> weights_;  // θ on the host
  at::Tensor theta_;         // and on the device
  std::vector<at::Tensor> parameters_, wide_;
  at::Tensor running_;  // float64, defined with --bn eval only
  Batch batch_;
  StackedBatch stack_;
  StackedBase<T> base_, dense_;
  StackedWave<T, S> wave_;
  std::optional<double> base_loss_;
};

template <class T, class S>
std::unique_ptr<NetworkOracle> make(Network network,
                                    const Weights& weights,
                                    BatchFunction batches,
                                    OracleConfig config,
                                    StackedKernels<T, S> CudaStackedKernels::*on_cuda,
                                    std::int64_t wave_bytes) {
  open_device(config.device);
  const auto& kernels =
      config.device == Device::Cuda ? cuda_stacked_kernels().*on_cuda : cpu_stacked_kernels<T, S>();
  return std::make_unique<StackedOracle<T, S>>(
      std::move(network), weights, std::move(batches), config, kernels, wave_bytes);
}

}  // namespace

std::unique_ptr<NetworkOracle> make_stacked_oracle(Network network,
                                                   const Weights& weights,
                                                   BatchFunction batches,
                                                   OracleConfig config,
                                                   std::int64_t wave_bytes) {
  const auto with = [&](auto kernels) {
    return make(std::move(network), weights, std::move(batches), config, kernels, wave_bytes);
  };
  const bool bf16 = config.differences == Differences::Bf16;
  if (config.precision == Precision::Float32) {
    return bf16 ? with(&CudaStackedKernels::bf16) : with(&CudaStackedKernels::float32);
  }
  if (bf16) {
    fail_usage("--differences bf16: needs --dtype float32, got float64; drop one of the two");
  }
  return with(&CudaStackedKernels::float64);
}

}  // namespace zo
