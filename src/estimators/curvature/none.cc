#include "src/estimators/curvature/none.h"

#include "src/estimators/curvature/refusals.h"

namespace zo {
namespace {

class NoCurvature final : public Curvature {
 public:
  explicit NoCurvature(std::string name) : name_(std::move(name)) {}
  void check(const CurvatureUse& use) const override {
    refuse_missing_couplings(use, name_);
    refuse_adaptive_order(use, name_);
  }
  bool has_blocks() const override { return false; }
  std::int64_t fresh_probes(const Subspace&) const override { return 0; }
  void plan(const LossOracle&,
            const Subspace&,
            const Record&,
            std::int64_t,
            std::vector<Probe>&) override {}
  void estimate(const PeriodView&, std::vector<double>, std::span<double>) override {}

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Curvature> make_none(const CurvatureOptions&) {
  return std::make_unique<NoCurvature>("none");
}

std::unique_ptr<Curvature> make_fisher(const CurvatureOptions&) {
  return std::make_unique<NoCurvature>("fisher");
}

}  // namespace zo
