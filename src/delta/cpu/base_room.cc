#include "src/delta/cpu/base_room.h"

#include <cstddef>

namespace zo {

template <class T>
T* BaseRoom<T>::room(std::size_t buffer, const PlaneShape& shape, std::int64_t vectors) {
  if (buffers_.size() <= buffer) buffers_.resize(buffer + 1);
  return buffers_[buffer].ensure(vectors * shape.block());
}

template <class T>
void BaseRoom<T>::share_out_all(std::vector<UnitBase<T>>& units, std::int64_t vectors) {
  for (std::size_t u = 0; u < units.size(); ++u) {
    const DeltaUnit& unit = plan_.units[u];
    const UnitLayout& planes = layout_.units[u];
    units[u].centred = room(4 * u, planes.mid, vectors);
    units[u].output = room(4 * u + 1, planes.out, vectors);
    if (unit.skip >= 0) units[u].z = room(4 * u + 2, planes.mid, vectors);
    if (unit.pooled()) units[u].before = room(4 * u + 3, planes.mid, vectors);
  }
}

template <class T>
void BaseRoom<T>::share_out_in_turn(std::vector<UnitBase<T>>& units, std::int64_t vectors) {
  std::vector<int> free_after;  // of each buffer: the unit that reads it last
  const auto take = [&](int u, int reader) {
    std::size_t b = 0;
    while (b < free_after.size() && free_after[b] >= u) ++b;
    if (b == free_after.size()) free_after.push_back(-1);
    free_after[b] = reader;
    return b;
  };
  // Twice over the units: the first time finds out how large each buffer must be.
  for (int pass = 0; pass < 2; ++pass) {
    free_after.clear();
    for (int u = 0; u < static_cast<int>(units.size()); ++u) {
      const DeltaUnit& unit = plan_.units[u];
      const UnitLayout& planes = layout_.units[u];
      const int reader = unit.last_reader >= 0 ? unit.last_reader : u + 1;
      const std::size_t work = take(u, unit.pooled() ? u : reader);
      units[u].centred = units[u].before = room(work, planes.mid, vectors);
      units[u].output =
          unit.pooled() ? room(take(u, reader), planes.out, vectors) : units[u].centred;
    }
  }
}

template class BaseRoom<float>;
template class BaseRoom<double>;

}  // namespace zo
