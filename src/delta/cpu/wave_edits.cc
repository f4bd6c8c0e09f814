#include <algorithm>

#include "src/delta/cpu/wave.h"

namespace zo {

/// Where input channel `channel` of unit `u` stands among the changed ones, or −1.
template <class T, class S>
int DeltaWave<T, S>::changed_input(const State& state, int u, int channel) const {
  if (whole(state, u)) return channel;
  if (u == state.probe->entry) return -1;
  const auto end = state.channels.begin() + state.changed;
  const auto at = std::find(state.channels.begin(), end, channel);
  return at == end ? -1 : static_cast<int>(at - state.channels.begin());
}

/// Whether an edit of the probe changes the linear map of unit `u` itself.
template <class T, class S>
bool DeltaWave<T, S>::has_edits(const State& state, int u) const {
  const auto edits = state.probe->all();
  return std::any_of(edits.begin(), edits.end(), [u](const PlacedEdit& edit) {
    return edit.unit == u &&
           (edit.kind == PlacedEdit::Kind::Weight || edit.kind == PlacedEdit::Kind::Bias);
  });
}

/// Adds the probe's own edits of unit `u` to rows [first, last) of the change of its
/// pre-activation; BatchNorm's edits act later.
template <class T, class S>
void DeltaWave<T, S>::add_edits(
    const State& state, int u, std::int64_t b, int first, int last, T* y, std::int64_t y_plane) {
  for (const PlacedEdit& edit : state.probe->all()) {
    if (edit.unit != u) continue;
    add_edit(edit,
             b,
             first,
             last,
             changed_input(state, u, edit.in),
             y + edit.out * y_plane * kernels_.lanes);
  }
}

/// One edit's share of rows [first, last) of its output channel: delta times the shifted input,
/// which is the base input plus its change (number `changed` of the changed ones, −1: none).
template <class T, class S>
void DeltaWave<T, S>::add_edit(
    const PlacedEdit& edit, std::int64_t b, int first, int last, int changed, T* y) {
  const DeltaUnit& unit = plan_.units[edit.unit];
  const std::int64_t lanes = kernels_.lanes;
  const auto delta = static_cast<T>(edit.delta);
  if (edit.kind == PlacedEdit::Kind::Bias) {
    kernels_.add_scaled(y, ones_.data(), (last - first) * unit.mid.width, 0, delta);
    return;
  }
  if (edit.kind != PlacedEdit::Kind::Weight) return;
  const T* input = base_->input(edit.unit, b) + edit.in * unit.in.plane * lanes;
  if (unit.map == DeltaUnit::Map::Linear) {
    kernels_.add_scaled(y, input + edit.tap * lanes, 1, 1, delta);
    if (changed >= 0) kernels_.add_scaled(y, planes_[changed] + edit.tap * lanes, 1, 1, delta);
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
    kernels_.add_scaled(target,
                        input + (std::int64_t{from} * unit.in.width + column) * lanes,
                        end - begin,
                        unit.stride,
                        delta);
    if (changed < 0) continue;
    const RowRing<T>& ring = scratch_.ring;
    kernels_.add_scaled(target,
                        ring.data + (changed * ring.plane + ring.row(from) + 1 + column) * lanes,
                        end - begin,
                        unit.stride,
                        delta);
  }
}

template class DeltaWave<float, float>;
template class DeltaWave<float, Bf16>;
template class DeltaWave<double, double>;

}  // namespace zo
