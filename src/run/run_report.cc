#include "src/run/run_report.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <span>

#include "src/base/progress.h"
#include "src/run/version.h"

namespace zo {
namespace {

using nlohmann::ordered_json;

std::optional<double> mean(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Of how many losses at either end of the run a mean is told: of a short one no loss is in both.
std::size_t loss_window(const LoopState& loop) {
  const auto half = static_cast<std::size_t>(std::max<std::int64_t>(loop.steps / 2, 1));
  return std::min(half, loop.last.size());
}

std::optional<double> first_loss(const LoopState& loop) {
  return mean(std::span(loop.first).first(loss_window(loop)));
}

std::optional<double> last_loss(const LoopState& loop) {
  return mean(std::span(loop.last).last(loss_window(loop)));
}

ordered_json or_null(bool known, double value) {
  return known ? ordered_json(value) : ordered_json();
}

double seconds_left(const RunFigures& f) {
  return seconds_left(f.options, f.session, f.costs, f.at);
}

/// Three digits, and no powers of ten.
std::string rate_text(double rate) {
  return rate < 1000.0 ? fmt::format("{:.3g}", rate) : count_text(std::llround(rate));
}

std::string limits_text(const RunFigures& f, const StepsLeft& left) {
  const TrainOptions& o = f.options;
  const std::int64_t next = f.session.method->queries_of_step(f.session.loop.steps);
  if (o.max_queries > 0 && left.steps == 0 && f.at.spent + next > o.max_queries) {
    return fmt::format("{}, of which {} are spent: --max-queries {} would pay the next step",
                       counted(o.max_queries, "query", "queries"),
                       count_text(f.at.spent),
                       f.at.spent + next);
  }
  std::vector<std::string> limits;
  if (o.max_queries > 0) {
    limits.push_back(fmt::format(
        "{} ({})", counted(o.max_queries, "query", "queries"), counted(left.steps, "step")));
  }
  if (o.max_steps > 0) limits.push_back(counted(o.max_steps, "step"));
  if (o.max_epochs > 0) limits.push_back(counted(o.max_epochs, "epoch"));
  if (o.max_time > 0) limits.push_back(duration_text(o.max_time));
  if (o.target_loss > 0) limits.push_back(fmt::format("loss {}", o.target_loss));
  return fmt::format("{}", fmt::join(limits, " or "));
}

/// "129 queries a step", or their mean and range, and what only the first one asks for.
std::string queries_text(const RunFigures& f, const StepsLeft& left) {
  const Method& method = *f.session.method;
  const std::int64_t done = f.session.loop.steps;
  if (left.steps == 0) {
    return counted(method.queries_of_step(done), "query", "queries") + " the next step";
  }
  const double mean = static_cast<double>(left.queries) / static_cast<double>(left.steps);
  std::string text = counted(std::llround(mean), "query", "queries") + " a step";
  if (left.least < left.most) {
    text += fmt::format(" on average ({} to {})", count_text(left.least), count_text(left.most));
  }
  if (done == 0 && method.queries_once() > 0) {
    text += fmt::format(", {} more before the first", count_text(method.queries_once()));
  }
  return text;
}

}  // namespace

std::vector<std::string> plan_lines(const RunFigures& f) {
  const Session& s = f.session;
  const auto versions = build_versions();
  std::int64_t work = 0;
  for (const auto& op : s.network.ops) work += multiply_adds(op);
  const double seconds = seconds_left(f);
  const StepsLeft left = steps_left(f.options, s, f.at.spent);
  std::vector<std::string> lines = {fmt::format(
      "zotrain  {} ({}), LibTorch {}, {}, seed {}",
      versions.at("zotrain"),
      versions.at("commit").substr(0, 10),
      versions.at("libtorch"),
      s.ranks->size() > 1 ? fmt::format("{} ranks of {}", s.ranks->size(), s.device.text)
                          : s.device.text,
      f.options.seed)};
  if (!s.device.no_gpu.empty()) lines.push_back("         no CUDA device: " + s.device.no_gpu);
  lines.insert(
      lines.end(),
      {fmt::format("model    {}: {} parameters, {:.3g} M multiply-adds a picture, {}, {}",
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
       fmt::format("method   {}: {}, batches of {}, sees {}",
                   f.options.method,
                   queries_text(f, left),
                   f.options.batch,
                   s.sees_examples ? "the losses of single pictures" : "mean losses alone"),
       fmt::format(
           "until    {}; about {} queries/s, {}",
           limits_text(f, left),
           rate_text(1.0 / std::max(f.costs.query_s, 1e-12)),
           std::isfinite(seconds) ? "ends in about " + duration_text(seconds) : "no time known")});
  return lines;
}

std::string status_text(const RunFigures& f, const std::string& doing) {
  const LoopState& loop = f.session.loop;
  // A narrow terminal shows the first of these.
  std::string text = fmt::format("step {}", loop.steps);
  if (!loop.last.empty()) text += fmt::format("  loss {:.4f}", loop.last.back());
  const double left = seconds_left(f);
  if (std::isfinite(left)) text += "  " + duration_text(left) + " left";
  if (!doing.empty()) text += fmt::format("  ({})", doing);
  if (loop.evaluated_step >= 0) text += fmt::format("  test {:.1f} %", 100.0 * loop.test_accuracy);
  text += "  " + count_text(f.at.spent + f.at.known);
  if (f.options.max_queries > 0) text += " of " + count_text(f.options.max_queries);
  text += " queries";
  if (f.rate > 0.0) text += "  " + rate_text(f.rate) + "/s";
  return text;
}

namespace {

/// What was asked for by parameter, and along directions that change all of them.
ordered_json by_parameter(const Session& s) {
  const QueryLedger& ledger = s.oracle->ledger();
  ordered_json all = ordered_json::array();
  for (std::size_t i = 0; i < ledger.parameters.size(); ++i) {
    const ParameterQueries& one = ledger.parameters[i];
    all.push_back({{"name", s.network.layout.segments[i].name},
                   {"queries", one.queries},
                   {"forward_equivalents", one.forward_equivalents}});
  }
  return all;
}

}  // namespace

std::string summary_text(const RunFigures& f, const std::string& stop_reason) {
  const Session& s = f.session;
  const LoopState& loop = s.loop;
  const QueryLedger& ledger = s.oracle->ledger();
  const bool evaluated = loop.evaluated_step >= 0, fresh = loop.evaluated_step == loop.steps;
  const auto first = first_loss(loop), last = last_loss(loop);
  const ordered_json summary = {
      {"stop_reason", stop_reason},
      {"steps", loop.steps},
      {"queries", ledger.queries()},
      {"queries_base", ledger.base},
      {"queries_probe", ledger.probe},
      {"queries_report", ledger.report},
      {"non_finite", ledger.non_finite},
      {"forward_equivalents", ledger.forward_equivalents},
      {"by_parameter", by_parameter(s)},
      {"wall_s", f.at.wall_s},
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

bool has_climbed(const LoopState& loop) {
  const auto first = first_loss(loop), last = last_loss(loop);
  return first && last && *last > 1.1 * *first;
}

std::vector<std::string> result_lines(const RunFigures& f, const std::string& stop_reason) {
  const LoopState& loop = f.session.loop;
  std::vector<std::string> reached;
  if (const auto first = first_loss(loop), last = last_loss(loop); first && last) {
    const std::size_t window = loss_window(loop);
    reached.push_back(
        loop.steps == 1 ? fmt::format("training loss {:.3f}", *last)
        : window == 1
            ? fmt::format("training loss {:.3f} -> {:.3f}", *first, *last)
            : fmt::format("training loss {:.3f} -> {:.3f} (means of the first and last {} steps)",
                          *first,
                          *last,
                          window));
  }
  if (loop.evaluated_step == loop.steps) {
    reached.push_back(fmt::format("test accuracy {:.1f} % (best {:.1f} %)",
                                  100.0 * loop.test_accuracy,
                                  100.0 * loop.best_test_accuracy));
  }
  return {fmt::format("stopped  {}: {}, {}, {}",
                      stop_reason,
                      counted(loop.steps, "step"),
                      counted(f.session.oracle->ledger().queries(), "query", "queries"),
                      duration_text(f.at.wall_s)),
          fmt::format("reached  {}", fmt::join(reached, ", "))};
}

}  // namespace zo
