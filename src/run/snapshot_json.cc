#include "src/run/snapshot_json.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "src/base/atomic_file.h"
#include "src/base/error.h"
#include "src/base/json_nesting.h"

namespace zo {
namespace {

using nlohmann::json;

constexpr std::int64_t kFormat = 4;  // 4: the training set

json parameters_json(const QueryLedger& ledger) {
  json all = json::array();
  for (const auto& one : ledger.parameters) all.push_back({one.queries, one.forward_equivalents});
  return all;
}

json snapshot_json(const Snapshot& s) {
  return {{"format", kFormat},
          {"step", s.loop.steps},
          {"wall_s", s.loop.wall_s},
          {"rejected_in_row", s.loop.rejected_in_row},
          {"evaluated_step", s.loop.evaluated_step},
          {"test_loss", s.loop.test_loss},
          {"test_accuracy", s.loop.test_accuracy},
          {"best_test_accuracy", s.loop.best_test_accuracy},
          {"first_losses", s.loop.first},
          {"last_losses", s.loop.last},
          {"batches_tracked", s.weights.batches_tracked},
          {"metrics_bytes", s.metrics_bytes},
          {"training_set", s.training_set},
          {"statistics_batches", s.statistics_batches},
          {"horizon_queries", s.horizon_queries},
          {"horizon_steps", s.horizon_steps},
          {"ledger",
           {{"base", s.ledger.base},
            {"probe", s.ledger.probe},
            {"report", s.ledger.report},
            {"non_finite", s.ledger.non_finite},
            {"forward_equivalents", s.ledger.forward_equivalents},
            {"parameters", parameters_json(s.ledger)}}},
          {"options", s.options}};
}

/// Throws Error(Usage) that names `key` unless low ≤ value ≤ high; NaN lies nowhere.
void require_within(const char* key, double value, double low, double high) {
  if (value >= low && value <= high) return;
  fail_usage("\"{}\" is {:g}, but must be {:g} to {:g}", key, value, low, high);
}

constexpr double kMost = 1e15;  // of anything that is counted; exact in float64

/// What no run could have left, however it went.
void check_snapshot(const Snapshot& s, const Layout& layout) {
  const auto count = [](const char* key, std::int64_t value, double most = kMost) {
    require_within(key, static_cast<double>(value), 0.0, most);
  };
  count("step", s.loop.steps);
  const auto steps = static_cast<double>(s.loop.steps);
  // So many would have ended the run.
  count("rejected_in_row",
        s.loop.rejected_in_row,
        std::min(steps, static_cast<double>(StepLoop::kMaxRejected - 1)));
  require_within("evaluated_step", static_cast<double>(s.loop.evaluated_step), -1.0, steps);
  require_within("wall_s", s.loop.wall_s, 0.0, kMost);
  require_within("test_accuracy", s.loop.test_accuracy, 0.0, 1.0);
  require_within("best_test_accuracy", s.loop.best_test_accuracy, 0.0, 1.0);
  count("first_losses, their number", std::ssize(s.loop.first), LoopState::kLossWindow);
  count("last_losses, their number", std::ssize(s.loop.last), LoopState::kLossWindow);
  count("batches_tracked", s.weights.batches_tracked);
  count("metrics_bytes", s.metrics_bytes);
  count("statistics_batches", s.statistics_batches);
  count("horizon_queries", s.horizon_queries);
  count("horizon_steps", s.horizon_steps);
  count("base", s.ledger.base);
  count("probe", s.ledger.probe);
  count("report", s.ledger.report);
  count("non_finite", s.ledger.non_finite, static_cast<double>(s.ledger.queries()));
  require_within("forward_equivalents", s.ledger.forward_equivalents, 0.0, kMost);
  if (!s.ledger.parameters.empty() && s.ledger.parameters.size() != layout.segments.size()) {
    fail_usage("\"parameters\" has {} entries, but the network has {} parameters",
               s.ledger.parameters.size(),
               layout.segments.size());
  }
  auto left = static_cast<double>(s.ledger.probe);
  for (const auto& one : s.ledger.parameters) {
    count("parameters, the queries of one", one.queries, left);
    require_within("parameters, passes of one", one.forward_equivalents, 0.0, kMost);
    left -= static_cast<double>(one.queries);
  }
}

/// A whole number: conversions of the library also take true, 2.5, and 1e300 for any integer.
template <class Key>
void read_count(const json& j, const Key& key, std::int64_t& value) {
  const json& number = j.at(key);
  const bool fits = number.is_number_unsigned()
                        ? number.get<std::uint64_t>() <= std::uint64_t{INT64_MAX}
                        : number.is_number_integer();
  if (!fits) fail_usage("\"{}\" is {}, but must be a whole number", key, number.dump());
  value = number.get<std::int64_t>();
}

void read_snapshot(const json& j, Snapshot& s) {
  read_count(j, "step", s.loop.steps);
  j.at("wall_s").get_to(s.loop.wall_s);
  read_count(j, "rejected_in_row", s.loop.rejected_in_row);
  read_count(j, "evaluated_step", s.loop.evaluated_step);
  // JSON has no NaN: a test loss that was not finite is stored as null.
  s.loop.test_loss = j.at("test_loss").is_null() ? NAN : j.at("test_loss").get<double>();
  j.at("test_accuracy").get_to(s.loop.test_accuracy);
  j.at("best_test_accuracy").get_to(s.loop.best_test_accuracy);
  j.at("first_losses").get_to(s.loop.first);
  j.at("last_losses").get_to(s.loop.last);
  read_count(j, "batches_tracked", s.weights.batches_tracked);
  read_count(j, "metrics_bytes", s.metrics_bytes);
  j.at("training_set").get_to(s.training_set);
  read_count(j, "statistics_batches", s.statistics_batches);
  read_count(j, "horizon_queries", s.horizon_queries);
  read_count(j, "horizon_steps", s.horizon_steps);
  j.at("options").get_to(s.options);
  const json& ledger = j.at("ledger");
  read_count(ledger, "base", s.ledger.base);
  read_count(ledger, "probe", s.ledger.probe);
  read_count(ledger, "report", s.ledger.report);
  read_count(ledger, "non_finite", s.ledger.non_finite);
  ledger.at("forward_equivalents").get_to(s.ledger.forward_equivalents);
  for (const json& one : ledger.at("parameters")) {
    ParameterQueries& read = s.ledger.parameters.emplace_back();
    read_count(one, 0, read.queries);
    one.at(1).get_to(read.forward_equivalents);
  }
}

json parsed(const std::string& path) {
  const std::string text = read_file(path);
  if (json_nests_deeper(text)) {
    fail_usage("{}: nests deeper than {} lists and objects; take another checkpoint",
               path,
               kMaxJsonNesting);
  }
  json state;
  try {
    state = json::parse(text);
  } catch (const json::exception& error) {
    fail_usage("{}: not a state file of zotrain: {}", path, error.what());
  }
  const auto format = state.is_object() ? state.find("format") : state.end();
  const std::string said = format == state.end() ? "missing" : format->dump();
  if (said != std::to_string(kFormat)) {
    fail_usage(
        "{}: its format {} must be {}; use the zotrain that wrote it, or start a run from its "
        "weights.safetensors with --weights",
        path,
        said,
        kFormat);
  }
  return state;
}

}  // namespace

std::string snapshot_text(const Snapshot& snapshot) {
  return snapshot_json(snapshot).dump(1) + "\n";
}

void read_snapshot_file(const std::string& path, const Layout& layout, Snapshot& snapshot) {
  const json state = parsed(path);
  try {
    read_snapshot(state, snapshot);
    check_snapshot(snapshot, layout);
  } catch (const Error& error) {
    fail_usage("{}: {}; take another checkpoint", path, error.what());
  } catch (const json::exception& error) {
    fail_usage("{}: not a state file of this version: {}", path, error.what());
  }
}

std::map<std::string, std::string> snapshot_options(const std::string& path) {
  const json state = parsed(path);
  try {
    return state.at("options").get<std::map<std::string, std::string>>();
  } catch (const json::exception&) {
    fail_usage("{}: holds no options", path);
  }
}

}  // namespace zo
