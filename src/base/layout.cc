#include "src/base/layout.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace zo {

const Segment& Layout::segment_of(std::int64_t index) const {
  const auto after = std::upper_bound(
      segments.begin(), segments.end(), index, [](std::int64_t i, const Segment& s) {
        return i < s.offset;
      });
  return *(after - 1);
}

const Segment* Layout::find(const std::string& name) const {
  const auto at = std::find_if(
      segments.begin(), segments.end(), [&](const Segment& s) { return s.name == name; });
  return at == segments.end() ? nullptr : &*at;
}

int Layout::append(std::string name, std::vector<std::int64_t> shape, Role role) {
  const auto size =
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<std::int64_t>());
  segments.push_back({std::move(name), std::move(shape), dimension(), size, role});
  return static_cast<int>(segments.size()) - 1;
}

}  // namespace zo
