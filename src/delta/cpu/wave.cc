#include "src/delta/cpu/wave.h"

#include "src/kernels/cross_entropy.h"

namespace zo {

template <class T, class S>
void DeltaWave<T, S>::run(const DeltaBase<T>& base,
                          const DeltaWeights<T>& weights,
                          std::span<const PlacedProbe> probes,
                          double* losses,
                          double* examples) {
  context_.base = &base;
  context_.weights = &weights;
  if (states_.size() < probes.size()) states_.resize(probes.size());
  const std::span<ProbeState<T, S>> states(states_.data(), probes.size());
  for (std::size_t i = 0; i < probes.size(); ++i) {
    states[i].probe = &probes[i];
    states[i].kept = false;
    states[i].shortcuts.resize(context_.layout.shortcut_slots);
    entry_.enter(states[i]);
  }
  for (int u = probes[0].entry + 1; u < static_cast<int>(context_.plan.units.size()); ++u) {
    for (auto& state : states) unit_.begin(state, u);
    for (std::int64_t b = 0; b < base.blocks(); ++b) {
      for (auto& state : states) unit_.advance(state, u, b);
    }
    for (auto& state : states) unit_.finish(state, u);
  }
  example_losses_.resize(base.rows());
  for (std::size_t i = 0; i < probes.size(); ++i) {
    double* each = examples == nullptr ? example_losses_.data()
                                       : examples + static_cast<std::int64_t>(i) * base.rows();
    base.example_losses(states[i].logits.data(), each);
    losses[i] = mean_of_rows(each, base.rows());
  }
}

template class DeltaWave<float, float>;
template class DeltaWave<float, Bf16>;
template class DeltaWave<double, double>;

}  // namespace zo
