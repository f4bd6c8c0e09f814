#include "src/dist/share.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

namespace zo {

std::vector<int> share_by_effort(std::span<const double> efforts, int ranks) {
  std::vector<std::size_t> order(efforts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return efforts[a] > efforts[b];
  });
  using Load = std::pair<double, int>;
  std::priority_queue<Load, std::vector<Load>, std::greater<>> least;
  for (int r = 0; r < ranks; ++r) least.emplace(0.0, r);
  std::vector<int> owner(efforts.size());
  for (const std::size_t i : order) {
    auto [load, rank] = least.top();
    least.pop();
    owner[i] = rank;
    least.emplace(load + efforts[i], rank);
  }
  return owner;
}

}  // namespace zo
