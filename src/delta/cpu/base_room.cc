#include <algorithm>
#include <vector>

#include "src/delta/cpu/base.h"

namespace zo {

template <class T>
T* DeltaBase<T>::room(std::size_t buffer, const PlaneShape& shape) {
  if (buffers_.size() <= buffer) buffers_.resize(buffer + 1);
  return buffers_[buffer].ensure(blocks_ * shape.block() * kernels_.lanes);
}

/// Gives every unit memory for what it computes. Where only the loss is kept, a unit works in place
/// and buffers go to the next unit as soon as their last reader is done.
template <class T>
void DeltaBase<T>::find_room() {
  const auto& units = plan_.units;
  const int count = static_cast<int>(units.size());
  if (memory_ == Memory::Everything) {
    for (int u = 0; u < count; ++u) {
      UnitBase<T>& base = units_[u];
      const std::size_t first = 4 * static_cast<std::size_t>(u);
      base.centred = room(first, units[u].mid);
      base.output = room(first + 1, units[u].out);
      if (units[u].skip >= 0) base.z = room(first + 2, units[u].mid);
      if (units[u].pooled()) base.before = room(first + 3, units[u].mid);
    }
    return;
  }
  std::vector<int> last_reader(count);
  for (int u = 0; u < count; ++u) {
    last_reader[u] = u + 1;
    if (units[u].skip >= 0) last_reader[units[u].skip] = u;
  }
  // Twice over the units: the first time finds out how large each buffer must be.
  std::vector<std::size_t> buffer(count);
  std::vector<int> free_after;  // of each buffer: the unit that reads it last
  const auto take = [&](int u, int reader) {
    std::size_t b = 0;
    while (b < free_after.size() && free_after[b] >= u) ++b;
    if (b == free_after.size()) free_after.push_back(-1);
    free_after[b] = reader;
    return b;
  };
  for (int pass = 0; pass < 2; ++pass) {
    free_after.clear();
    for (int u = 0; u < count; ++u) {
      const bool pooled = units[u].pooled();
      const std::size_t work = take(u, pooled ? u : last_reader[u]);
      units_[u].centred = units_[u].before = room(work, units[u].mid);
      units_[u].output = pooled ? room(take(u, last_reader[u]), units[u].out) : units_[u].centred;
    }
  }
}

template class DeltaBase<float>;
template class DeltaBase<double>;

}  // namespace zo
