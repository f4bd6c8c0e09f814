#include "src/network/checked_oracle.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "src/base/error.h"
#include "src/base/philox.h"

namespace zo {
namespace {

std::string describe(const Probe& probe, const Layout& layout) {
  const auto* sparse = std::get_if<SparseProbe>(&probe);
  if (sparse == nullptr) return "a dense probe";
  std::string text;
  for (const Edit& edit : sparse->edits()) {
    const Segment& segment = layout.segment_of(edit.index);
    text += fmt::format("{}{}[{}] {:+g}",
                        text.empty() ? "" : ", ",
                        segment.name,
                        edit.index - segment.offset,
                        edit.delta);
  }
  return text;
}

class CheckedOracle final : public NetworkOracle {
 public:
  CheckedOracle(std::unique_ptr<NetworkOracle> fast,
                std::unique_ptr<NetworkOracle> truth,
                std::int64_t checks)
      : NetworkOracle(fast->layout(), fast->precision()),
        fast_(std::move(fast)),
        truth_(std::move(truth)),
        checks_(checks) {}

  const Network& network() const override { return fast_->network(); }
  double cost(const Probe& probe) const override { return fast_->cost(probe); }
  double effort(const Probe& probe) const override { return fast_->effort(probe); }
  std::vector<double> values(std::span<const std::int64_t> coordinates) const override {
    return fast_->values(coordinates);
  }
  std::vector<double> theta() const override { return fast_->theta(); }
  std::int64_t examples() const override { return fast_->examples(); }
  std::vector<double> gradient() override { return fast_->gradient(); }
  Weights weights() const override { return fast_->weights(); }
  void tell(Watch watch) override { fast_->tell(std::move(watch)); }

 private:
  void do_begin_batch(std::int64_t batch) override {
    fast_->begin_batch(batch);
    truth_->begin_batch(batch);
  }

  double do_base() override {
    const double base = fast_->base();
    compare(base, true_base(), "the base loss");
    return base;
  }

  void do_base_examples(std::span<double> rows) override {
    const auto fast = fast_->base_examples();
    std::copy(fast.begin(), fast.end(), rows.begin());
  }

  void do_evaluate(std::span<const Probe> probes,
                   std::span<double> losses,
                   std::span<double> rows) override {
    std::vector<double> each;
    const auto fast = rows.empty() ? fast_->evaluate(probes) : fast_->evaluate(probes, each);
    std::copy(fast.begin(), fast.end(), losses.begin());
    std::copy(each.begin(), each.end(), rows.begin());
    const auto checks = std::min<std::size_t>(static_cast<std::size_t>(checks_), probes.size());
    if (checks == 0) return;
    const Philox stream(0, Purpose::Check, lists_++);
    std::vector<std::size_t> chosen(checks);
    std::vector<Probe> copies;
    for (std::size_t i = 0; i < checks; ++i) {
      chosen[i] = checks == probes.size() ? i : stream.below(i, probes.size());
      copies.push_back(probes[chosen[i]]);
    }
    const auto truth = truth_->evaluate(copies);
    count_report(static_cast<std::int64_t>(checks));
    const double base = fast_->base(), reference = true_base();
    for (std::size_t i = 0; i < checks; ++i) {
      compare(losses[chosen[i]] - base, truth[i] - reference, describe(copies[i], layout()));
    }
  }

  void do_move(const Update& update) override {
    fast_->move(update);
    truth_->move(update);
  }

  double true_base() {
    const auto before = truth_->ledger().base;
    const double base = truth_->base();
    count_report(truth_->ledger().base - before);
    return base;
  }

  /// Losses that are not finite agree when both are not.
  void compare(double fast, double truth, const std::string& what) const {
    const double scale = std::max(1.0, std::abs(truth_->base()));
    const double allowed = (precision() == Precision::Float32 ? 4e-6 : 1e-11) * scale;
    if (!std::isfinite(fast) && !std::isfinite(truth)) return;
    if (std::abs(fast - truth) <= allowed) return;
    fail_run(
        "--check-oracle: {}: {:.9g}, but the reference says {:.9g}, more than {:.1g} apart; please "
        "report it, and go on with --oracle reference",
        what,
        fast,
        truth,
        allowed);
  }

  std::unique_ptr<NetworkOracle> fast_, truth_;
  std::int64_t checks_;
  std::uint64_t lists_ = 0;
};

}  // namespace

std::unique_ptr<NetworkOracle> make_checked_oracle(std::unique_ptr<NetworkOracle> fast,
                                                   std::unique_ptr<NetworkOracle> truth,
                                                   std::int64_t checks) {
  return std::make_unique<CheckedOracle>(std::move(fast), std::move(truth), checks);
}

}  // namespace zo
