#include "src/estimators/subspace.h"

#include <numeric>
#include <utility>

#include "src/base/philox.h"

namespace zo {

Subspace draw_subspace(
    std::uint64_t seed, std::int64_t period, std::int64_t d, std::int64_t m, std::int64_t block) {
  const Philox random(seed, Purpose::Subspace, static_cast<std::uint64_t>(period));
  std::vector<std::int64_t> order(d);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::int64_t i = 0; i < m; ++i) {
    const auto choices = static_cast<std::uint64_t>(d - i);
    const auto pick = random.below(static_cast<std::uint64_t>(i), choices);
    std::swap(order[i], order[i + static_cast<std::int64_t>(pick)]);
  }
  order.resize(m);
  return {std::move(order), block};
}

}  // namespace zo
