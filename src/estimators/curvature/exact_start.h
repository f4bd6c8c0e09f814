#pragma once
#include "src/estimators/curvature/curvature.h"
#include "src/estimators/curvature/exact_block.h"

namespace zo {

/// What secant, rotating and lazy share: a period starts with exact blocks.
class ExactStart : public Curvature {
 public:
  explicit ExactStart(double radius) : radius_(radius) {}

  std::int64_t fresh_probes(const Subspace& subspace) const override {
    return exact_count(subspace);
  }
  void plan(const LossOracle& oracle,
            const Subspace& subspace,
            const Record& record,
            std::int64_t age,
            std::vector<Probe>& probes) override {
    if (age == 0) fresh_ = plan_exact(oracle, subspace, record, radius_, probes);
  }
  void estimate(const PeriodView& period,
                std::vector<double> differences,
                std::span<double> packed) override {
    if (period.age > 0) return continue_period(period, packed);
    fresh_.difference = std::move(differences);
    estimate_exact(period.subspace, period.records[0], fresh_, packed);
    fresh_ = {};
  }

 private:
  /// The blocks of a later step of the period, at no query.
  virtual void continue_period(const PeriodView&, std::span<double> packed) const = 0;

  double radius_;
  HessianProbes fresh_;  // between plan and estimate
};

}  // namespace zo
