#include "src/estimators/pair_hessian.h"

#include <cmath>
#include <limits>

#include "src/kernels/pair_rows.h"

namespace zo {
namespace {

/// One pair, or the last single coordinate: then everything of the second slot is zero.
struct Pair {
  std::int64_t a = 0, b = -1;

  double first(const std::vector<double>& v) const { return v[a]; }
  double second(const std::vector<double>& v) const { return b < 0 ? 0.0 : v[b]; }
  bool good(const Record& r) const { return r.good(a) && (b < 0 || r.good(b)); }
  double slope1(const Record& r) const { return r.difference[a] / r.step[a]; }
  double slope2(const Record& r) const { return b < 0 ? 0.0 : r.difference[b] / r.step[b]; }
};

Pair pair_of(const Subspace& subspace, std::int64_t j) {
  const std::int64_t a = subspace.first(j);
  return {a, subspace.length(j) == 2 ? a + 1 : -1};
}

/// Solves with ridge on the last three unknowns and stores them as block j.
template <int N>
void store(const RidgeFit<double, N>& fit, double ridge, double* block) {
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

}  // namespace

std::int64_t grid_count(const Subspace& subspace) {
  return 4 * (subspace.size() / 2) + subspace.size() % 2;
}

HessianProbes plan_grid(const LossOracle& oracle,
                        const Subspace& subspace,
                        const Record& record,
                        double radius,
                        std::vector<Probe>& probes) {
  const auto& at = subspace.coordinates;
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    const Pair pair = pair_of(subspace, j);
    probes.push_back(coordinate_probe(at[pair.a], -radius));
    if (pair.b < 0) continue;
    probes.push_back(coordinate_probe(at[pair.b], -radius));
    probes.push_back(pair_probe({at[pair.a], radius}, {at[pair.b], radius}));
    probes.push_back(pair_probe({at[pair.a], -radius}, {at[pair.b], -radius}));
  }
  return plan_steps(oracle, record.x, radius);
}

void fit_literal(const Subspace& subspace,
                 std::span<const Record> records,
                 const HessianProbes* grid,
                 std::size_t grid_at,
                 Basis basis,
                 double ridge,
                 std::span<double> packed) {
  const Record& now = records[0];
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    const Pair pair = pair_of(subspace, j);
    if (!pair.good(now)) continue;
    const double g1 = pair.slope1(now), g2 = pair.slope2(now);
    const double e1 = basis == Basis::Consistent ? pair.first(now.step) : 0.0;
    const double e2 = basis == Basis::Consistent ? pair.second(now.step) : 0.0;
    RidgeFit<double, 3> fit;
    // A point at (p, r) from the base point of `from`, where the loss is `difference` above its
    // base.
    const auto add = [&](const Record& from, double p, double r, double difference) {
      if (!std::isfinite(difference)) return;
      const double u = pair.first(from.x) + p - pair.first(now.x);
      const double v = pair.second(from.x) + r - pair.second(now.x);
      const double q = (from.base - now.base) + difference - g1 * u - g2 * v;
      add_quadratic_row(fit, u, v, e1, e2, q);
    };
    if (grid != nullptr) {
      const Record& center = records[grid_at];
      const double* difference = grid->difference.data() + 4 * j;
      const double m1 = pair.first(grid->minus), m2 = pair.second(grid->minus);
      add(center, m1, 0.0, difference[0]);
      if (pair.b >= 0) {
        add(center, 0.0, m2, difference[1]);
        add(center, pair.first(grid->plus), pair.second(grid->plus), difference[2]);
        add(center, m1, m2, difference[3]);
      }
    }
    for (const Record& old : records.subspan(1)) {
      if (old.good(pair.a)) add(old, old.step[pair.a], 0.0, old.difference[pair.a]);
      if (pair.b >= 0 && old.good(pair.b)) add(old, 0.0, old.step[pair.b], old.difference[pair.b]);
    }
    store(fit, ridge, packed.data() + j * subspace.packed());
  }
}

void fit_secant(const Subspace& subspace,
                std::span<const Record> records,
                double ridge,
                double unit,
                std::span<double> packed) {
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    const Pair pair = pair_of(subspace, j);
    RidgeFit<double, 3> fit;
    for (std::size_t t = 0; t + 1 < records.size(); ++t) {
      const Record& here = records[t];
      const Record& before = records[t + 1];
      if (!pair.good(here) || !pair.good(before)) continue;
      const double s1 = pair.first(here.x) - pair.first(before.x);
      const double s2 = pair.second(here.x) - pair.second(before.x);
      const double size = std::hypot(pair.first(here.x), pair.second(here.x));
      if (std::hypot(s1, s2) <= 10.0 * unit * size) continue;
      add_secant_rows(fit,
                      s1,
                      s2,
                      pair.slope1(here) - pair.slope1(before),
                      pair.slope2(here) - pair.slope2(before));
    }
    store(fit, ridge, packed.data() + j * subspace.packed());
  }
}

void fit_anchored(const Subspace& subspace,
                  std::span<const Record> records,
                  double ridge,
                  std::span<double> packed) {
  const Record& now = records[0];
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    const Pair pair = pair_of(subspace, j);
    RidgeFit<double, 5> fit;
    for (const Record& record : records) {
      const double d1 = pair.first(record.x) - pair.first(now.x);
      const double d2 = pair.second(record.x) - pair.second(now.x);
      const double p1 = record.step[pair.a];
      if (record.good(pair.a)) add_anchored_row(fit, d1, d2, p1, 0.0, record.difference[pair.a]);
      if (pair.b < 0 || !record.good(pair.b)) continue;
      const double along = record.pattern == Pattern::Stair ? p1 : 0.0;
      add_anchored_row(fit, d1, d2, along, record.step[pair.b], record.difference[pair.b]);
    }
    store(fit, ridge, packed.data() + j * subspace.packed());
  }
}

}  // namespace zo
