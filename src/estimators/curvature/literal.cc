#include "src/estimators/curvature/literal.h"

#include <cmath>
#include <utility>

#include "src/estimators/curvature/pair.h"
#include "src/estimators/curvature/refusals.h"
#include "src/kernels/pair_rows.h"

namespace zo {
namespace {

constexpr double kRidge = 1e-6;

class LiteralCurvature final : public Curvature {
 public:
  LiteralCurvature(double radius, LiteralOptions options) : radius_(radius), options_(options) {}

  void check(const CurvatureUse& use) const override {
    refuse_rest(use);
    refuse_missing_couplings(use, "literal");
    refuse_adaptive_order(use, "literal");
    refuse_larger_blocks(use, "literal");
  }
  std::int64_t window() const override { return 3; }
  bool corrects_bias() const override { return false; }
  std::int64_t fresh_probes(const Subspace& subspace) const override {
    return grid_count(subspace);
  }
  void begin() override { grid_ = {}; }
  void plan(const LossOracle& oracle,
            const Subspace& subspace,
            const Record& record,
            std::int64_t age,
            std::vector<Probe>& probes) override {
    if (age == 0) grid_ = plan_grid(oracle, subspace, record, radius_, probes);
  }
  void estimate(const PeriodView& period,
                std::vector<double> differences,
                std::span<double> packed) override {
    if (period.age == 0) grid_.difference = std::move(differences);
    // The grid of the period's first step is fitted again in its second, and then no more.
    GridPoints grid;
    if (period.age < 2) grid = {&grid_, static_cast<std::size_t>(period.age)};
    fit_literal(period.subspace, period.records, grid, options_, packed);
    if (period.age == 1) grid_ = {};
  }
  void save(State& state) const override { grid_.save(state, "hessian.fresh"); }
  void load(const State& state) override { grid_ = HessianProbes::load(state, "hessian.fresh"); }

 private:
  double radius_;
  LiteralOptions options_;
  HessianProbes grid_;
};

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
  return plan_steps(oracle, at, record.x, radius);
}

void fit_literal(const Subspace& subspace,
                 std::span<const Record> records,
                 GridPoints grid,
                 const LiteralOptions& options,
                 std::span<double> packed) {
  const Record& now = records[0];
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    const Pair pair = pair_of(subspace, j);
    if (!pair.good(now)) continue;
    const double g1 = pair.slope1(now), g2 = pair.slope2(now);
    const double e1 = options.basis == Basis::Consistent ? pair.first(now.step) : 0.0;
    const double e2 = options.basis == Basis::Consistent ? pair.second(now.step) : 0.0;
    RidgeFit<double, 3> fit;
    // A point at (p, r) from the base of `from`, where the loss is `difference` above that base's.
    const auto add = [&](const Record& from, double p, double r, double difference) {
      if (!std::isfinite(difference)) return;
      const double u = pair.first(from.x) + p - pair.first(now.x);
      const double v = pair.second(from.x) + r - pair.second(now.x);
      const double q = (from.base - now.base) + difference - g1 * u - g2 * v;
      add_quadratic_row(fit, u, v, e1, e2, q);
    };
    if (grid.probes != nullptr) {
      const Record& center = records[grid.around];
      const double* difference = grid.probes->difference.data() + 4 * j;
      const double m1 = pair.first(grid.probes->minus), m2 = pair.second(grid.probes->minus);
      add(center, m1, 0.0, difference[0]);
      if (pair.b >= 0) {
        add(center, 0.0, m2, difference[1]);
        add(center, pair.first(grid.probes->plus), pair.second(grid.probes->plus), difference[2]);
        add(center, m1, m2, difference[3]);
      }
    }
    for (const Record& old : records.subspan(1)) {
      if (old.good(pair.a)) add(old, old.step[pair.a], 0.0, old.difference[pair.a]);
      if (pair.b >= 0 && old.good(pair.b)) add(old, 0.0, old.step[pair.b], old.difference[pair.b]);
    }
    solve_into(fit, options.ridge, packed.data() + j * subspace.packed());
  }
}

std::unique_ptr<Curvature> make_literal(const CurvatureOptions& options) {
  const double ridge = options.ridge > 0.0 ? options.ridge : kRidge;
  return std::make_unique<LiteralCurvature>(options.radius, LiteralOptions{options.basis, ridge});
}

}  // namespace zo
