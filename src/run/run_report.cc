#include "src/run/run_report.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "src/base/progress.h"
#include "src/run/version.h"

namespace zo {
namespace {

using nlohmann::ordered_json;

std::optional<double> mean(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

ordered_json or_null(bool known, double value) {
  return known ? ordered_json(value) : ordered_json();
}

/// Seconds that the steps from `first` to before `last` take; they need not cost the same.
double seconds_of(const RunFigures& f, std::int64_t first, std::int64_t last) {
  constexpr std::int64_t kCounted = 10000;  // enough to see every period; the rest is its mean
  const std::int64_t counted = std::clamp(last - first, std::int64_t{0}, kCounted);
  if (counted == 0) return 0.0;
  double queries = 0.0;
  for (std::int64_t k = first; k < first + counted; ++k) {
    queries += static_cast<double>(f.session.method->queries_of_step(k));
  }
  return queries / static_cast<double>(counted) * static_cast<double>(last - first) / f.rate;
}

/// Seconds until the first limit is met; infinite when only --target-loss ends the run.
double seconds_left(const RunFigures& f) {
  const TrainOptions& o = f.options;
  const std::int64_t done = f.session.loop.steps;
  double left = std::numeric_limits<double>::infinity();
  if (o.max_queries > 0) {
    const auto queries = o.max_queries - f.session.oracle->ledger().queries();
    left = std::min(left, static_cast<double>(queries) / f.rate);
  }
  if (o.max_steps > 0) left = std::min(left, seconds_of(f, done, o.max_steps));
  if (o.max_epochs > 0) {
    const auto steps =
        o.max_epochs * f.session.batches->per_epoch() * f.session.method->steps_per_batch();
    left = std::min(left, seconds_of(f, done, steps));
  }
  if (o.max_time > 0) left = std::min(left, o.max_time - f.wall_s);
  return std::max(left, 0.0);
}

std::string limits_text(const TrainOptions& o) {
  std::vector<std::string> limits;
  if (o.max_queries > 0) limits.push_back(count_text(o.max_queries) + " queries");
  if (o.max_steps > 0) limits.push_back(count_text(o.max_steps) + " steps");
  if (o.max_epochs > 0) limits.push_back(count_text(o.max_epochs) + " epochs");
  if (o.max_time > 0) limits.push_back(duration_text(o.max_time));
  if (o.target_loss > 0) limits.push_back(fmt::format("loss {}", o.target_loss));
  return fmt::format("{}", fmt::join(limits, " or "));
}

}  // namespace

std::vector<std::string> plan_lines(const RunFigures& f) {
  const Session& s = f.session;
  const auto versions = build_versions();
  std::int64_t work = 0;
  for (const auto& op : s.network.ops) work += multiply_adds(op);
  const double left = seconds_left(f);
  return {
      fmt::format("zotrain  {} ({}), LibTorch {}, {}, seed {}",
                  versions.at("zotrain"),
                  versions.at("commit").substr(0, 10),
                  versions.at("libtorch"),
                  s.ranks->size() > 1
                      ? fmt::format("{} ranks of {}", s.ranks->size(), s.device.text)
                      : s.device.text,
                  f.options.seed),
      fmt::format("model    {}: {} parameters, {:.3g} M multiply-adds a picture, {}, {}",
                  s.network.name,
                  count_text(s.network.layout.dimension()),
                  static_cast<double>(work) / 1e6,
                  f.options.oracle.dtype,
                  f.options.oracle.differences_text(s.device.place)),
      fmt::format("data     {}: {} training and {} test pictures of {} classes",
                  s.data.train.name,
                  count_text(s.data.train.size()),
                  count_text(s.data.test.size()),
                  s.data.train.classes),
      fmt::format("method   {}: {} queries a step, batches of {}, sees {}",
                  f.options.method,
                  count_text(s.method->queries_of_step(s.loop.steps)),
                  f.options.batch,
                  s.sees_examples ? "the losses of single pictures" : "mean losses alone"),
      fmt::format("until    {}; about {:.3g} queries/s, {}",
                  limits_text(f.options),
                  f.rate,
                  std::isfinite(left) ? "ends in about " + duration_text(left) : "no time known")};
}

std::string status_text(const RunFigures& f) {
  const LoopState& loop = f.session.loop;
  std::string text = fmt::format("step {}", loop.steps);
  if (!loop.last.empty()) text += fmt::format("  loss {:.4f}", loop.last.back());
  text += "  " + count_text(f.session.oracle->ledger().queries());
  if (f.options.max_queries > 0) text += " of " + count_text(f.options.max_queries);
  text += fmt::format(" queries  {:.3g}/s", f.rate);
  if (loop.evaluated_step >= 0) text += fmt::format("  test {:.1f} %", 100.0 * loop.test_accuracy);
  const double left = seconds_left(f);
  if (std::isfinite(left)) text += "  " + duration_text(left) + " left";
  return text;
}

std::string summary_text(const RunFigures& f, const std::string& stop_reason) {
  const Session& s = f.session;
  const LoopState& loop = s.loop;
  const QueryLedger& ledger = s.oracle->ledger();
  const bool evaluated = loop.evaluated_step >= 0, fresh = loop.evaluated_step == loop.steps;
  const auto first = mean(loop.first), last = mean(loop.last);
  const ordered_json summary = {
      {"stop_reason", stop_reason},
      {"steps", loop.steps},
      {"queries", ledger.queries()},
      {"queries_base", ledger.base},
      {"queries_probe", ledger.probe},
      {"queries_report", ledger.report},
      {"non_finite", ledger.non_finite},
      {"forward_equivalents", ledger.forward_equivalents},
      {"wall_s", f.wall_s},
      {"first_train_loss", or_null(first.has_value(), first.value_or(0.0))},
      {"final_train_loss", or_null(last.has_value(), last.value_or(0.0))},
      {"best_test_accuracy", or_null(evaluated, loop.best_test_accuracy)},
      {"test_accuracy", or_null(fresh, loop.test_accuracy)},
      {"test_loss", or_null(fresh, loop.test_loss)},
      {"statistics", statistics_text(s.network, f.options.statistics_batches())},
      {"probes_per_s", f.rate},
      {"model", f.options.model},
      {"data", f.options.data},
      {"method", f.options.method},
      {"sees", s.sees_examples ? "examples" : "means"},
      {"parameters", s.network.layout.dimension()},
      {"seed", f.options.seed},
      {"threads", s.threads}};
  return summary.dump(2) + "\n";
}

std::vector<std::string> result_lines(const RunFigures& f, const std::string& stop_reason) {
  const LoopState& loop = f.session.loop;
  std::vector<std::string> reached;
  if (const auto first = mean(loop.first), last = mean(loop.last); first && last) {
    reached.push_back(
        fmt::format("training loss {:.3f} -> {:.3f} (means of the first and last {} steps)",
                    *first,
                    *last,
                    loop.last.size()));
  }
  if (loop.evaluated_step == loop.steps) {
    reached.push_back(fmt::format("test accuracy {:.1f} % (best {:.1f} %)",
                                  100.0 * loop.test_accuracy,
                                  100.0 * loop.best_test_accuracy));
  }
  return {fmt::format("stopped  {}: {} steps, {} queries, {}",
                      stop_reason,
                      count_text(loop.steps),
                      count_text(f.session.oracle->ledger().queries()),
                      duration_text(f.wall_s)),
          fmt::format("reached  {}", fmt::join(reached, ", "))};
}

}  // namespace zo
