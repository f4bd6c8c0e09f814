#include <exception>
#include <limits>
#include <optional>
#include <semaphore>
#include <thread>
#include <utility>

#include "src/base/error.h"
#include "src/minimize/minimize.h"
#include "src/minimize/run.h"
#include "src/minimize/traced_oracle.h"

namespace zo {

/// A method calls its function; here the caller of ask() and tell() is that function. So the method has
/// a thread of its own, and the two take turns: one of them always waits, and nothing is shared at once.
class AskTell::Run {
 public:
  Run(std::vector<double> start, MinimizeSettings settings)
      : start_(std::move(start)), settings_(std::move(settings)) {
    settings_.threads = 1;
    thread_ = std::thread([this] { work(); });
    users_turn_.acquire();
    if (!failure_) return;
    thread_.join();  // no destructor will
    std::rethrow_exception(failure_);
  }
  ~Run() {
    left_ = true;
    methods_turn_.release();
    thread_.join();
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  const Points& points() const { return points_; }
  bool done() const { return points_.count == 0; }

  void tell(std::span<const double> values) {
    if (done()) fail_usage("tell: the run is done and asks for nothing");
    if (values.size() != points_.count) {
      fail_usage(
          "tell: got {} values for {} points; give one for each", values.size(), points_.count);
    }
    told_ += static_cast<std::int64_t>(values.size());
    values_.assign(values.begin(), values.end());
    methods_turn_.release();
    users_turn_.acquire();
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

  MinimizeResult result() const {
    if (result_) return *result_;
    MinimizeResult so_far;
    if (trace_) {
      so_far = trace_->result();
    } else {
      so_far.x = start_;
      so_far.start_value = so_far.best = std::numeric_limits<double>::quiet_NaN();
    }
    so_far.queries = told_;
    if (done()) so_far.stop_reason = "failed";
    return so_far;
  }

 private:
  struct Left {};  // thrown through the method when nobody will tell it values any more

  void work() {
    const ValuesFunction asks = [this](std::span<const double> points, std::size_t count) {
      points_ = {count, {points.begin(), points.end()}};
      users_turn_.release();
      methods_turn_.acquire();
      if (left_) throw Left();
      return values_;
    };
    const ValueFunction one = [&](std::span<const double> x) { return asks(x, 1).front(); };
    try {
      result_ = for_users([&] { return run_target({one, &asks}, start_, settings_, trace_); });
    } catch (const Left&) {
      return;
    } catch (...) {
      failure_ = std::current_exception();
    }
    points_ = {};
    users_turn_.release();
  }

  std::vector<double> start_;
  MinimizeSettings settings_;
  Points points_;
  std::vector<double> values_;
  std::int64_t told_ = 0;
  std::optional<Trace> trace_;
  std::optional<MinimizeResult> result_;  // of a run that is done and did not fail
  std::exception_ptr failure_;
  bool left_ = false;
  std::binary_semaphore users_turn_{0}, methods_turn_{0};
  std::thread thread_;
};

AskTell::AskTell(const std::vector<double>& start, const MinimizeSettings& settings)
    : run_(std::make_unique<Run>(start, settings)) {}
AskTell::~AskTell() = default;
AskTell::AskTell(AskTell&&) noexcept = default;
AskTell& AskTell::operator=(AskTell&&) noexcept = default;

const Points& AskTell::ask() const { return run_->points(); }
void AskTell::tell(std::span<const double> values) {
  for_users([&] { run_->tell(values); });
}
bool AskTell::done() const { return run_->done(); }
MinimizeResult AskTell::result() const { return run_->result(); }

}  // namespace zo
