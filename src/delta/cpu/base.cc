#include "src/delta/cpu/base.h"

#include <algorithm>
#include <array>

namespace zo {

template <class T>
DeltaBase<T>::DeltaBase(const DeltaPlan& plan,
                        const CpuLayout& layout,
                        const DeltaKernels<T, T>& kernels,
                        Memory memory)
    : plan_(plan),
      layout_(layout),
      kernels_(kernels),
      memory_(memory),
      units_(plan.units.size()),
      room_(plan, layout) {}

template <class T>
void DeltaBase<T>::set_batch(const Batch& batch) {
  const int lanes = kernels_.lanes;
  rows_ = batch.rows;
  blocks_ = (rows_ + lanes - 1) / lanes;
  labels_ = batch.labels;
  labels_.resize(blocks_ * lanes, labels_.back());
  const PlaneShape& shape = layout_.units[0].in;
  const int pixels = shape.pixels();
  T* pictures = own_pictures_.zeros(blocks_ * shape.block() * lanes);
  pictures_ = pictures;
  for (std::int64_t row = 0; row < blocks_ * lanes; ++row) {
    const float* picture = batch.images.data() + std::min(row, rows_ - 1) * shape.channels * pixels;
    T* block = pictures + row / lanes * shape.block() * lanes + row % lanes;
    for (int c = 0; c < shape.channels; ++c) {
      for (int p = 0; p < pixels; ++p) {
        block[(c * shape.plane + p) * lanes] = static_cast<T>(picture[c * pixels + p]);
      }
    }
  }
}

template <class T>
void DeltaBase<T>::share_batch(const DeltaBase& other) {
  rows_ = other.rows_;
  blocks_ = other.blocks_;
  labels_ = other.labels_;
  pictures_ = other.pictures_;
}

template <class T>
const T* DeltaBase<T>::input(int u, std::int64_t b) const {
  const T* planes = u == 0 ? pictures_ : units_[u - 1].output;
  return planes + b * layout_.units[u].in.block() * kernels_.lanes;
}

template <class T>
int DeltaBase<T>::valid(std::int64_t b) const {
  return static_cast<int>(std::min<std::int64_t>(kernels_.lanes, rows_ - b * kernels_.lanes));
}

template <class T>
void DeltaBase<T>::run(const DeltaWeights<T>& weights,
                       const std::vector<Norm>& norms,
                       const std::vector<double>* running,
                       ThreadPool& pool) {
  const int lanes = kernels_.lanes;
  scratch_.resize(pool.size());
  if (memory_ == Memory::Everything) {
    room_.share_out_all(units_, blocks_ * lanes);
  } else {
    room_.share_out_in_turn(units_, blocks_ * lanes);
  }
  statistics_.assign(
      norms.empty() ? 0 : norms.back().offset + std::int64_t{2} * norms.back().channels, 0.0);
  for (int u = 0; u < static_cast<int>(units_.size()); ++u) {
    pool.run(blocks_, [&](std::size_t b, int worker) {
      compute_map(u, weights, static_cast<std::int64_t>(b), scratch_[worker]);
    });
    normalise(u, weights, norms, running, pool);
    pool.run(blocks_, [&](std::size_t b, int worker) {
      activate(u, static_cast<std::int64_t>(b), scratch_[worker]);
    });
  }
  const PlaneShape& last = layout_.units.back().out;
  double* logit = logits_.ensure(blocks_ * plan_.classes * lanes);
  for (std::int64_t b = 0; b < blocks_; ++b) {
    for (int k = 0; k < plan_.classes; ++k, logit += lanes) {
      const T* scores = plane(units_.back().output, last, b, k);
      std::copy(scores, scores + lanes, logit);
    }
  }
  losses_.resize(rows_);
  example_losses(nullptr, losses_.data());
}

template <class T>
void DeltaBase<T>::example_losses(const T* change, double* losses) const {
  const std::int64_t lanes = kernels_.lanes;
  const std::int64_t block = layout_.units.back().mid.padded * lanes;
  std::array<double, kMostLanes> some{};
  for (std::int64_t b = 0; b < blocks_; ++b) {
    const bool full = valid(b) == lanes;
    double* to = losses + b * lanes;
    kernels_.cross_entropy(logits_.data() + b * plan_.classes * lanes,
                           change == nullptr ? nullptr : change + b * block,
                           labels_.data() + b * lanes,
                           plan_.classes,
                           full ? to : some.data());
    if (!full) std::copy_n(some.begin(), valid(b), to);
  }
}

template <class T>
void DeltaBase<T>::compute_map(int u,
                               const DeltaWeights<T>& weights,
                               std::int64_t b,
                               ConvScratch<T>& scratch) {
  const DeltaUnit& unit = plan_.units[u];
  const int lanes = kernels_.lanes;
  const PlaneShape &in = layout_.units[u].in, &mid = layout_.units[u].mid;
  std::vector<const T*> planes(in.channels);
  for (int c = 0; c < in.channels; ++c) planes[c] = input(u, b) + c * in.plane * lanes;
  T* out = plane(units_[u].centred, mid, b, 0);
  if (unit.map == DeltaUnit::Map::Linear) {
    kernels_.linear(
        planes.data(), in.channels, in.pixels(), weights.direct(u), mid.padded, out, mid.plane);
    return;
  }
  scratch.shape_ring(unit, in.channels, lanes);
  const Product product = own_product(unit);
  const ConvKernel<T, T>& kernel = kernels_.conv(product);
  ConvBand<T> band = weights.band(u, product, scratch.ring);
  band.scratch =
      scratch.products.ensure(kernel.scratch(in.channels, unit.in.width, scratch.ring.slots));
  for_bands(
      unit,
      [&](int first, int last) { kernels_.fill(scratch.ring, planes.data(), first, last); },
      [&](int first, int last) {
        band.first = first;
        band.last = last;
        kernel.plain(band, out + std::int64_t{first} * mid.width * lanes, mid.plane);
      });
}

/// Σ (y − shift) and Σ (y − shift)² of every channel; with `store`, y becomes y − shift.
template <class T>
typename DeltaBase<T>::Moments DeltaBase<T>::moments(int u,
                                                     const std::vector<double>& shift,
                                                     bool store,
                                                     ThreadPool& pool) {
  const PlaneShape& shape = layout_.units[u].mid;
  const int lanes = kernels_.lanes;
  const std::int64_t size = std::int64_t{shape.channels} * lanes;
  std::vector<double> sums(blocks_ * size, 0.0), squares(blocks_ * size, 0.0);
  pool.run(blocks_, [&](std::size_t b, int) {
    for (int c = 0; c < shape.channels; ++c) {
      const std::int64_t at = static_cast<std::int64_t>(b) * size + std::int64_t{c} * lanes;
      kernels_.center(plane(units_[u].centred, shape, b, c),
                      shape.pixels(),
                      static_cast<T>(shift[c]),
                      store,
                      sums.data() + at,
                      squares.data() + at);
    }
  });
  Moments total{std::vector<double>(shape.channels), std::vector<double>(shape.channels)};
  for (std::int64_t b = 0; b < blocks_; ++b) {
    for (int c = 0; c < shape.channels; ++c) {
      for (int lane = 0; lane < valid(b); ++lane) {
        const std::int64_t at = b * size + std::int64_t{c} * lanes + lane;
        total.sums[c] += sums[at];
        total.squares[c] += squares[at];
      }
    }
  }
  return total;
}

template <class T>
void DeltaBase<T>::normalise(int u,
                             const DeltaWeights<T>& weights,
                             const std::vector<Norm>& norms,
                             const std::vector<double>* running,
                             ThreadPool& pool) {
  const DeltaUnit& unit = plan_.units[u];
  UnitBase<T>& base = units_[u];
  const int channels = unit.mid.channels;
  base.norms.assign(channels, BaseNorm{});
  base.steps.assign(channels, ChannelStep<T>{});
  base.center.assign(channels, T(0));
  std::vector<double> bias(channels);
  for (int c = 0; c < channels; ++c) bias[c] = weights.value(unit.bias, c, 0.0);
  if (unit.norm < 0) {
    for (int c = 0; c < channels; ++c) {
      base.steps[c].gain = T(1);
      base.steps[c].shift = static_cast<T>(bias[c]);
    }
    return;
  }
  const std::int64_t offset = norms[unit.norm].offset;
  const auto count = static_cast<double>(rows_ * unit.mid.pixels());
  std::vector<double> center(channels, 0.0);  // of the pre-activation without its bias
  if (running == nullptr) {
    center = moments(u, center, false, pool).sums;
    for (double& value : center) value /= count;
  } else {
    for (int c = 0; c < channels; ++c) center[c] = (*running)[offset + c] - bias[c];
  }
  // Probes read the pre-activation around its mean, where differences of squares lose nothing.
  const bool store = memory_ == Memory::Everything;
  Moments rest;
  if (running == nullptr || store) rest = moments(u, center, store, pool);
  for (int c = 0; c < channels; ++c) {
    const double shift = static_cast<double>(static_cast<T>(center[c]));
    BaseNorm& norm = base.norms[c];
    norm.scale = weights.value(unit.norm_scale, c, 1.0);
    norm.epsilon = kBatchNormEps;
    if (running == nullptr) {
      use_batch_moments(rest.sums[c], rest.squares[c], count, norm);
      statistics_[offset + c] = shift + norm.offset + bias[c];
      statistics_[offset + channels + c] = norm.variance;
    } else {
      norm.offset = center[c] - shift;
      norm.variance = (*running)[offset + channels + c];
    }
    base.steps[c].gain = static_cast<T>(norm_gain(norm));
    base.steps[c].shift = static_cast<T>(norm_shift(norm, weights.value(unit.norm_shift, c, 0.0)));
    base.center[c] = store ? T(0) : static_cast<T>(center[c]);
  }
}

template <class T>
void DeltaBase<T>::activate(int u, std::int64_t b, ConvScratch<T>& scratch) {
  const DeltaUnit& unit = plan_.units[u];
  const UnitBase<T>& base = units_[u];
  const PlaneShape &mid = layout_.units[u].mid, &out = layout_.units[u].out;
  const int lanes = kernels_.lanes;
  for (int c = 0; c < mid.channels; ++c) {
    const T* skip = nullptr;
    int skip_width = 0;
    if (unit.skip >= 0) {
      const PlaneShape& source = layout_.units[unit.skip].out;
      const int from = c - unit.skip_before;
      if (from >= 0 && from < source.channels) {
        skip = plane(units_[unit.skip].output, source, b, from);
      }
      skip_width = source.width;
    }
    T* a = unit.pooled() ? plane(base.before, mid, b, c) : plane(base.output, out, b, c);
    kernels_.activate_base(plane(base.centred, mid, b, c),
                           base.center[c],
                           base.steps[c].gain,
                           base.steps[c].shift,
                           skip,
                           unit.skip_stride,
                           skip_width,
                           unit.relu,
                           mid.height,
                           mid.width,
                           base.z != nullptr ? plane(base.z, mid, b, c) : nullptr,
                           a);
    if (!unit.pooled()) continue;
    int pixels = mid.pixels();
    if (unit.max_pool) {
      T* maxima = unit.global_pool ? scratch.rows.ensure(std::int64_t{pixels} * lanes)
                                   : plane(base.output, out, b, c);
      kernels_.max_pool(a, nullptr, mid.height, mid.width, maxima);
      pixels = (mid.height / 2) * (mid.width / 2);
      a = maxima;
    }
    if (unit.global_pool) kernels_.mean(a, pixels, plane(base.output, out, b, c));
  }
}

template class DeltaBase<float>;
template class DeltaBase<double>;

}  // namespace zo
