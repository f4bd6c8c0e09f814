#include "src/estimators/curvature/secant.h"

#include <cmath>

#include "src/estimators/curvature/exact_start.h"
#include "src/estimators/curvature/pair.h"
#include "src/estimators/curvature/refusals.h"
#include "src/kernels/pair_rows.h"

namespace zo {
namespace {

constexpr double kRidge = 1.0;

class SecantCurvature final : public ExactStart {
 public:
  SecantCurvature(double radius, double ridge) : ExactStart(radius), ridge_(ridge) {}

  void check(const CurvatureUse& use) const override {
    refuse_rest(use);
    refuse_adaptive_order(use, "secant");
    refuse_larger_blocks(use, "secant");
  }
  std::int64_t window() const override { return 3; }

 private:
  void continue_period(const PeriodView& period, std::span<double> packed) const override {
    fit_secant(period.subspace, period.records, ridge_, period.unit, packed);
  }

  double ridge_;
};

}  // namespace

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
    solve_into(fit, ridge, packed.data() + j * subspace.packed());
  }
}

std::unique_ptr<Curvature> make_secant(const CurvatureOptions& options) {
  const double ridge = options.ridge > 0.0 ? options.ridge : kRidge;
  return std::make_unique<SecantCurvature>(options.radius, ridge);
}

}  // namespace zo
