#include "src/delta/cpu/engine.h"

#include <algorithm>

#include "src/kernels/cross_entropy.h"

namespace zo {

template <class T, class S>
CpuEngine<T, S>::CpuEngine(const DeltaPlan& plan, const NetworkState& state)
    : plan_(plan),
      layout_(plan),
      state_(state),
      kernels_(*delta_kernels<T, S>()),
      weights_(plan, kernels_.out_block),
      base_(plan, layout_, *delta_kernels<T, T>(), DeltaBase<T>::Memory::Everything) {
  for (int worker = 0; worker < std::max(1, state.config().threads); ++worker) {
    waves_.emplace_back(plan, layout_, kernels_, state.follows_batch());
  }
  forwards_.resize(waves_.size());
}

template <class T, class S>
void CpuEngine<T, S>::set_point(const Theta<T>& theta) {
  theta_ = &theta;
  weights_.set_theta(theta);
}

template <class T, class S>
double CpuEngine<T, S>::base(ThreadPool& pool) {
  weights_.pack();
  base_.run(weights_, state_.network().norms, running(), pool);
  return mean_of_rows(base_.losses().data(), base_.rows());
}

template <class T, class S>
void CpuEngine<T, S>::base_examples(std::span<double> rows) const {
  std::copy(base_.losses().begin(), base_.losses().end(), rows.begin());
}

/// Enough for the weights and base activations that they share to be worth fetching, few enough for
/// the changes they carry to stay near the core.
template <class T, class S>
int CpuEngine<T, S>::capacity(int /*entry*/) const {
  return 2;
}

template <class T, class S>
void CpuEngine<T, S>::begin(std::span<const Wave> list, std::int64_t places, bool examples) {
  if (!list.empty()) weights_.pack_bf16(kernels_);
  list_ = list;
  losses_.resize(places);
  examples_.resize(examples ? places * base_.rows() : 0);
}

template <class T, class S>
void CpuEngine<T, S>::wave(std::size_t number, int worker) {
  const Wave& wave = list_[number];
  waves_[worker].run(
      base_, weights_, wave.probes, losses_.data() + wave.place, examples_at(wave.place));
}

/// A dense probe changes all weights: a whole forward pass, in the same arithmetic as the base's.
template <class T, class S>
void CpuEngine<T, S>::dense(const DenseProbe& probe, std::int64_t place, int worker) {
  std::vector<double> point = theta_->values();
  add_direction(probe, point);
  auto& forward = forwards_[worker];
  if (!forward) forward = std::make_unique<Forward>(*this, point);
  forward->theta.assign(point);
  forward->weights.set_theta(forward->theta);
  forward->weights.pack();
  forward->pass.share_batch(base_);
  forward->pass.run(forward->weights, state_.network().norms, running(), forward->alone);
  const std::vector<double>& losses = forward->pass.losses();
  losses_[place] = mean_of_rows(losses.data(), base_.rows());
  if (double* to = examples_at(place)) std::copy(losses.begin(), losses.end(), to);
}

template <class T, class S>
void CpuEngine<T, S>::read(std::span<double> losses, std::span<double> examples) const {
  std::copy(examples_.begin(), examples_.end(), examples.begin());
  std::copy(losses_.begin(), losses_.end(), losses.begin());
}

template class CpuEngine<float, float>;
template class CpuEngine<float, Bf16>;
template class CpuEngine<double, double>;

}  // namespace zo
