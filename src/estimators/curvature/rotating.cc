#include "src/estimators/curvature/rotating.h"

#include "src/estimators/curvature/exact_start.h"
#include "src/estimators/curvature/pair.h"
#include "src/estimators/curvature/refusals.h"
#include "src/kernels/pair_rows.h"

namespace zo {
namespace {

constexpr double kRidge = 1e-3;
constexpr std::int64_t kPatterns = 3;

class RotatingCurvature final : public ExactStart {
 public:
  RotatingCurvature(double radius, double ridge) : ExactStart(radius), ridge_(ridge) {}

  void check(const CurvatureUse& use) const override {
    refuse_rest(use);
    refuse_adaptive_order(use, "rotating");
    refuse_larger_blocks(use, "rotating");
  }
  std::int64_t window() const override { return kPatterns; }
  Pattern pattern(std::int64_t age) const override { return static_cast<Pattern>(age % kPatterns); }

 private:
  void continue_period(const PeriodView& period, std::span<double> packed) const override {
    fit_anchored(period.subspace, period.records, ridge_, packed);
  }

  double ridge_;
};

}  // namespace

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
    solve_into(fit, ridge, packed.data() + j * subspace.packed());
  }
}

std::unique_ptr<Curvature> make_rotating(const CurvatureOptions& options) {
  const double ridge = options.ridge > 0.0 ? options.ridge : kRidge;
  return std::make_unique<RotatingCurvature>(options.radius, ridge);
}

}  // namespace zo
