#include "src/estimators/mask.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "src/base/philox.h"

namespace zo {

bool maskable(Role role) {
  return role == Role::Convolution || role == Role::Linear || role == Role::Plain;
}

namespace {

std::int64_t active_of_maskable(const Layout& layout, double density) {
  std::int64_t total = 0;
  for (const Segment& segment : layout.segments) total += maskable(segment.role) ? segment.size : 0;
  return std::llround(density * static_cast<double>(total));
}

}  // namespace

std::int64_t active_count(const Layout& layout, double density) {
  std::int64_t count = active_of_maskable(layout, density);
  for (const Segment& segment : layout.segments) count += maskable(segment.role) ? 0 : segment.size;
  return count;
}

std::vector<std::int64_t> grasp_counts(const Layout& layout,
                                       std::span<const double> theta,
                                       std::span<const double> hessian_gradient,
                                       double density) {
  std::vector<std::int64_t> order;
  for (const Segment& segment : layout.segments) {
    if (!maskable(segment.role)) continue;
    for (std::int64_t i = 0; i < segment.size; ++i) order.push_back(segment.offset + i);
  }
  const auto score = [&](std::int64_t i) { return std::abs(theta[i] * hessian_gradient[i]); };
  const auto active_end = order.begin() + active_of_maskable(layout, density);
  std::nth_element(order.begin(), active_end, order.end(), [&](std::int64_t a, std::int64_t b) {
    const double first = score(a), second = score(b);
    return first != second ? first > second : a < b;
  });
  std::vector<std::int64_t> counts;
  for (const Segment& segment : layout.segments) {
    const auto inside = [&](std::int64_t i) {
      return i >= segment.offset && i < segment.offset + segment.size;
    };
    counts.push_back(maskable(segment.role) ? std::count_if(order.begin(), active_end, inside)
                                            : segment.size);
  }
  return counts;
}

std::vector<double> zo_hessian_gradient(LossOracle& oracle,
                                        double mu,
                                        std::int64_t q,
                                        DirectionStream stream) {
  const std::vector<double> first = rge_per_tensor(oracle, mu, q, stream, {}).gradient;
  std::vector<double> shift = first;
  for (double& value : shift) value *= mu;
  stream.first += q;
  std::vector<double> result = rge_per_tensor(oracle, mu, q, stream, shift).gradient;
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = (result[i] - first[i]) / mu;
  return result;
}

std::vector<std::int64_t> layerwise_random_mask(const Layout& layout,
                                                std::span<const std::int64_t> counts,
                                                std::uint64_t seed,
                                                std::int64_t number) {
  const Philox random(seed, Purpose::Mask, static_cast<std::uint64_t>(number));
  std::vector<std::int64_t> mask;
  for (std::size_t l = 0; l < layout.segments.size(); ++l) {
    const Segment& segment = layout.segments[l];
    std::vector<std::int64_t> order(segment.size);
    std::iota(order.begin(), order.end(), segment.offset);
    if (counts[l] < segment.size) {
      for (std::int64_t i = 0; i < counts[l]; ++i) {
        const auto choices = static_cast<std::uint64_t>(segment.size - i);
        const auto pick = random.below(static_cast<std::uint64_t>(segment.offset + i), choices);
        std::swap(order[i], order[i + static_cast<std::int64_t>(pick)]);
      }
      std::sort(order.begin(), order.begin() + counts[l]);
    }
    mask.insert(mask.end(), order.begin(), order.begin() + counts[l]);
  }
  return mask;
}

}  // namespace zo
