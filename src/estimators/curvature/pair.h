#pragma once
#include <limits>
#include <vector>

#include "src/estimators/cge.h"
#include "src/estimators/subspace.h"
#include "src/kernels/ridge_fit.h"

namespace zo {

/// A pair of slots, or the last single one: then everything of the second slot is zero.
struct Pair {
  std::int64_t a = 0, b = -1;

  double first(const std::vector<double>& v) const { return v[a]; }
  double second(const std::vector<double>& v) const { return b < 0 ? 0.0 : v[b]; }
  bool good(const Record& r) const { return r.good(a) && (b < 0 || r.good(b)); }
  double slope1(const Record& r) const { return r.difference[a] / r.step[a]; }
  double slope2(const Record& r) const { return b < 0 ? 0.0 : r.difference[b] / r.step[b]; }
};

inline Pair pair_of(const Subspace& subspace, std::int64_t j) {
  const std::int64_t a = subspace.first(j);
  return {a, subspace.length(j) == 2 ? a + 1 : -1};
}

/// Solves with a ridge on the last three unknowns, whose prior is `block`, and stores them there;
/// NaN where the equations cannot be solved. Without any equation the block stays.
template <int N>
void solve_into(const RidgeFit<double, N>& fit, double ridge, double* block) {
  double weight[N] = {}, prior[N] = {}, z[N];
  for (int i = 0; i < 3; ++i) {
    weight[N - 3 + i] = ridge;
    prior[N - 3 + i] = block[i];
  }
  const bool solved = fit.solve(weight, prior, z);
  for (int i = 0; i < 3; ++i) {
    block[i] = solved ? z[N - 3 + i] : std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace zo
