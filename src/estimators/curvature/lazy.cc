#include "src/estimators/curvature/lazy.h"

#include <cmath>

#include "src/estimators/curvature/exact_start.h"
#include "src/estimators/curvature/refusals.h"
#include "src/estimators/order_switch.h"

namespace zo {
namespace {

double norm(std::span<const double> v) {
  double sum = 0.0;
  for (const double value : v) sum += value * value;
  return std::sqrt(sum);
}

class LazyCurvature : public ExactStart {
 public:
  explicit LazyCurvature(double radius) : ExactStart(radius) {}

  void check(const CurvatureUse& use) const override { refuse_rest(use); }

 private:
  void continue_period(const PeriodView&, std::span<double>) const override {}
};

/// The same with the decision, period by period, whether the blocks are worth their probes.
class AdaptiveLazyCurvature final : public LazyCurvature {
 public:
  explicit AdaptiveLazyCurvature(double radius) : LazyCurvature(radius) {}

  std::int64_t fresh_probes(const Subspace& subspace) const override {
    return order_.probes_next() ? ExactStart::fresh_probes(subspace) : 0;
  }
  void begin() override { probed_ = unseen_ = order_.begin_period(); }
  void plan(const LossOracle& oracle,
            const Subspace& subspace,
            const Record& record,
            std::int64_t age,
            std::vector<Probe>& probes) override {
    if (probed_) ExactStart::plan(oracle, subspace, record, age, probes);
  }
  void estimate(const PeriodView& period,
                std::vector<double> differences,
                std::span<double> packed) override {
    if (probed_) ExactStart::estimate(period, std::move(differences), packed);
  }

  bool watches_secants() const override { return order_.first_order(); }
  void see_secant(std::span<const double> s, std::span<const double> y, double median) override {
    std::vector<double> unexplained(y.begin(), y.end());
    for (std::size_t i = 0; i < s.size(); ++i) unexplained[i] -= median * s[i];
    if (norm(y) > 0.0) order_.see_residual(norm(unexplained) / norm(y));
  }
  void see_spread(double spread) override {
    if (unseen_) order_.see_spread(spread);
    unseen_ = false;
    spread_ = spread;
  }
  void report(std::vector<std::pair<std::string, double>>& figures) const override {
    figures.emplace_back("first_order", order_.first_order() ? 1.0 : 0.0);
    figures.emplace_back("hessian_spread", spread_);
  }

  void save(State& state) const override { order_.save(state); }
  void load(const State& state) override { order_.load(state); }

 private:
  OrderSwitch order_;
  bool probed_ = true;   // the blocks of this period were asked for
  bool unseen_ = false;  // and have not been solved yet
  double spread_ = 1.0;  // of the blocks solved last
};

}  // namespace

std::unique_ptr<Curvature> make_lazy(const CurvatureOptions& options) {
  if (options.adaptive_order) return std::make_unique<AdaptiveLazyCurvature>(options.radius);
  return std::make_unique<LazyCurvature>(options.radius);
}

}  // namespace zo
