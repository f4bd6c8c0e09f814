#include "src/delta/cpu/wave_edits.h"

#include <algorithm>

namespace zo {

using Kind = PlacedEdit::Kind;

template <class T, class S>
WaveEdits<T, S>::WaveEdits(const WaveContext<T, S>& context) : context_(context) {
  std::fill_n(ones_.ensure(context.kernels.lanes), context.kernels.lanes, T(1));
}

template <class T, class S>
bool WaveEdits<T, S>::any(const PlacedProbe& probe, int u) const {
  const auto edits = probe.all();
  return std::any_of(edits.begin(), edits.end(), [u](const PlacedEdit& edit) {
    return edit.unit == u && (edit.kind == Kind::Weight || edit.kind == Kind::Bias);
  });
}

template <class T, class S>
void WaveEdits<T, S>::add(const PlacedProbe& probe,
                          int u,
                          std::int64_t b,
                          int first,
                          int last,
                          const T* const* planes,
                          T* y,
                          std::int64_t y_plane) const {
  for (const PlacedEdit& edit : probe.all()) {
    if (edit.unit != u) continue;
    const int changed = u == probe.entry       ? -1
                        : u == probe.entry + 1 ? probe.change_of(edit.in)
                                               : edit.in;
    T* channel = y + edit.out * y_plane * context_.kernels.lanes;
    add_one(edit, b, first, last, changed, planes, channel);
  }
}

template <class T, class S>
void WaveEdits<T, S>::add_channel(const PlacedProbe& probe,
                                  int channel,
                                  std::int64_t b,
                                  T* y) const {
  for (const PlacedEdit& edit : probe.all()) {
    if (edit.unit != probe.entry || edit.out != channel) continue;
    add_one(edit, b, 0, context_.plan.units[edit.unit].mid.height, -1, nullptr, y);
  }
}

template <class T, class S>
const PlacedEdit* WaveEdits<T, S>::only_weight(const PlacedProbe& probe) const {
  const PlacedEdit& edit = probe.edits[0];
  const bool conv = context_.plan.units[edit.unit].map == DeltaUnit::Map::Conv;
  return probe.count == 1 && conv && edit.kind == Kind::Weight ? &edit : nullptr;
}

template <class T, class S>
ShiftRows<T, S> WaveEdits<T, S>::shift(const PlacedEdit& edit, std::int64_t b) const {
  const DeltaUnit& unit = context_.plan.units[edit.unit];
  ShiftRows<T, S> rows;
  rows.x = context_.base->input(edit.unit, b) +
           edit.in * context_.layout.units[edit.unit].in.plane * context_.kernels.lanes;
  rows.in_height = unit.in.height;
  rows.in_width = unit.in.width;
  rows.stride = unit.stride;
  rows.below = edit.tap / 3 - 1;
  rows.beside = edit.tap % 3 - 1;
  rows.delta = static_cast<T>(edit.delta);
  rows.height = unit.mid.height;
  rows.width = unit.mid.width;
  return rows;
}

/// One edit's share of rows [first, last) of its output channel: delta times the shifted input,
/// which is the base input plus its change (number `changed` of the changed ones, −1: none).
template <class T, class S>
void WaveEdits<T, S>::add_one(const PlacedEdit& edit,
                              std::int64_t b,
                              int first,
                              int last,
                              int changed,
                              const T* const* planes,
                              T* y) const {
  const DeltaUnit& unit = context_.plan.units[edit.unit];
  const DeltaKernels<T, S>& kernels = context_.kernels;
  const std::int64_t lanes = kernels.lanes;
  const auto delta = static_cast<T>(edit.delta);
  if (edit.kind == Kind::Bias) {
    kernels.add_scaled(y, ones_.data(), (last - first) * unit.mid.width, 0, delta);
    return;
  }
  if (edit.kind != Kind::Weight) return;
  const T* input = context_.base->input(edit.unit, b) +
                   edit.in * context_.layout.units[edit.unit].in.plane * lanes;
  if (unit.map == DeltaUnit::Map::Linear) {
    kernels.add_scaled(y, input + edit.tap * lanes, 1, 1, delta);
    if (changed >= 0) kernels.add_scaled(y, planes[changed] + edit.tap * lanes, 1, 1, delta);
    return;
  }
  const int below = edit.tap / 3 - 1, beside = edit.tap % 3 - 1;  // of the centre of the filter
  const int begin = beside < 0 ? 1 : 0;
  const int end = std::min(unit.mid.width, (unit.in.width - 1 - beside) / unit.stride + 1);
  for (int row = first; row < last; ++row) {
    const int from = unit.stride * row + below;
    if (from < 0 || from >= unit.in.height) continue;
    T* target = y + (std::int64_t{row - first} * unit.mid.width + begin) * lanes;
    const std::int64_t column = std::int64_t{unit.stride} * begin + beside;
    kernels.add_scaled(target,
                       input + (std::int64_t{from} * unit.in.width + column) * lanes,
                       end - begin,
                       unit.stride,
                       delta);
    if (changed < 0) continue;
    const RowRing<T>& ring = context_.scratch.ring;
    kernels.add_scaled(target,
                       ring.data + (changed * ring.plane + ring.row(from) + 1 + column) * lanes,
                       end - begin,
                       unit.stride,
                       delta);
  }
}

template class WaveEdits<float, float>;
template class WaveEdits<float, Bf16>;
template class WaveEdits<double, double>;

}  // namespace zo
