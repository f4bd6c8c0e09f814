#include "src/run/checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "models/safetensors.h"
#include "src/base/atomic_file.h"
#include "src/base/error.h"
#include "src/base/json_nesting.h"
#include "src/base/log.h"
#include "src/run/checksum.h"

namespace zo {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::array<const char*, 3> kFiles = {
    "weights.safetensors", "method.safetensors", "state.json"};
constexpr std::int64_t kFormat = 3;  // of state.json; 3: queries by parameter
constexpr const char* kPart = ".part";
constexpr const char* kMethodPrefix = "method.";

/// N of "step-N", −1 for any other name.
std::int64_t step_of(const fs::path& path) {
  const std::string name = path.filename().string();
  std::int64_t step = -1;
  if (name.rfind("step-", 0) != 0) return -1;
  const char* end = name.data() + name.size();
  const auto [at, error] = std::from_chars(name.data() + 5, end, step);
  return error == std::errc{} && at == end ? step : -1;
}

TensorFile exact_state(const Snapshot& snapshot, Precision precision) {
  TensorFile file;
  for (const auto& [name, values] : snapshot.method) {
    const std::string stored = kMethodPrefix + name;
    if (const auto* reals = std::get_if<std::vector<double>>(&values)) {
      file.tensors.push_back(NamedTensor::from_f64(stored, *reals));
    } else {
      file.tensors.push_back(
          NamedTensor::from_i64(stored, std::get<std::vector<std::int64_t>>(values)));
    }
  }
  file.tensors.push_back(NamedTensor::from_f64("norms", snapshot.weights.norms));
  file.tensors.push_back(NamedTensor::from_f64("evaluation_norms", snapshot.evaluation_norms));
  if (precision == Precision::Float64) {
    file.tensors.push_back(NamedTensor::from_f64("theta", snapshot.weights.theta));
  }
  return file;
}

json parameters_json(const QueryLedger& ledger) {
  json all = json::array();
  for (const auto& one : ledger.parameters) all.push_back({one.queries, one.forward_equivalents});
  return all;
}

json loop_json(const Snapshot& s) {
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
void check_loop(const Snapshot& s, const Layout& layout) {
  const auto count = [](const char* key, std::int64_t value, double most = kMost) {
    require_within(key, static_cast<double>(value), 0.0, most);
  };
  count("step", s.loop.steps);
  const auto steps = static_cast<double>(s.loop.steps);
  count("rejected_in_row", s.loop.rejected_in_row, steps);
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

void read_loop(const json& j, Snapshot& s) {
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

void read_exact(const TensorFile& file, const Network& network, Snapshot& s) {
  const std::string prefix = kMethodPrefix;
  const auto reals = [](const NamedTensor& tensor, std::int64_t size) {
    auto values = tensor.as_doubles();
    if (std::ssize(values) != size) {
      fail_usage("tensor {} has {} numbers, expected {}", tensor.name, values.size(), size);
    }
    return values;
  };
  for (const auto& tensor : file.tensors) {
    if (tensor.name == "norms") {
      s.weights.norms = reals(tensor, network.norm_size());
    } else if (tensor.name == "evaluation_norms") {
      s.evaluation_norms = reals(tensor, network.norm_size());
    } else if (tensor.name == "theta") {
      s.weights.theta = reals(tensor, network.layout.dimension());
    } else if (!tensor.name.starts_with(prefix)) {
      fail_usage("tensor {} is none that a run saves", tensor.name);
    } else if (tensor.dtype == DType::I64) {
      s.method[tensor.name.substr(prefix.size())] = tensor.as_integers();
    } else {
      s.method[tensor.name.substr(prefix.size())] = tensor.as_doubles();
    }
  }
  if (std::ssize(s.evaluation_norms) != network.norm_size()) {
    fail_usage("tensor evaluation_norms is missing");
  }
}

json parse_state(const std::string& checkpoint) {
  const std::string path = (fs::path(checkpoint) / "state.json").string();
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

/// Waits until the entries of a folder are on disk.
void sync_folder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY);
  const bool done = descriptor >= 0 && fsync(descriptor) == 0;
  const int reason = errno;
  if (descriptor >= 0) close(descriptor);
  if (!done) {
    fail_run("{}: cannot be synced to disk: {}", folder.string(), std::strerror(reason));
  }
}

void remove_quietly(const fs::path& path) {
  std::error_code none;
  fs::remove_all(path, none);
}

void prune(const std::string& folder, std::int64_t newest_step, std::int64_t keep) {
  std::int64_t kept = 0;
  for (const auto& path : list_checkpoints(folder)) {
    if (step_of(path) <= newest_step && kept++ < keep) continue;
    // Without its MANIFEST a half-removed checkpoint cannot be taken for a sound one.
    fs::remove(fs::path(path) / "MANIFEST");
    fs::remove_all(path);
  }
  std::vector<fs::path> unfinished;  // left by a run that was killed while it saved
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == kPart) unfinished.push_back(entry.path());
  }
  for (const auto& path : unfinished) fs::remove_all(path);
}

}  // namespace

void save_checkpoint(const std::string& folder,
                     const Network& network,
                     const Snapshot& snapshot,
                     Precision precision,
                     std::int64_t keep) {
  const fs::path final_path = fs::path(folder) / fmt::format("step-{}", snapshot.loop.steps);
  const fs::path part = final_path.string() + kPart;
  try {
    fs::remove_all(part);
    // Not the folders above it: who removed them does not want them back.
    fs::create_directory(part);
    save_weights((part / kFiles[0]).string(), network, snapshot.weights);
    write_safetensors((part / kFiles[1]).string(), exact_state(snapshot, precision));
    write_file_atomically((part / kFiles[2]).string(), loop_json(snapshot).dump(1) + "\n");
    std::string manifest;
    for (const char* name : kFiles) {
      manifest += fmt::format("{}  {}\n", sha256_of_file((part / name).string()), name);
    }
    write_file_atomically((part / "MANIFEST").string(), manifest);
    sync_folder(part);
    fs::remove_all(final_path);
    fs::rename(part, final_path);
    sync_folder(folder);
    prune(folder, snapshot.loop.steps, keep);
  } catch (const fs::filesystem_error& error) {
    remove_quietly(part);
    fail_run(
        "{}: the checkpoint cannot be written: {}", final_path.string(), error.code().message());
  } catch (...) {
    remove_quietly(part);
    throw;
  }
}

std::vector<std::string> list_checkpoints(const std::string& folder) {
  std::vector<fs::path> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    if (entry.is_directory() && step_of(entry.path()) >= 0) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    return step_of(a) > step_of(b);
  });
  return {found.begin(), found.end()};
}

void verify_checkpoint(const std::string& checkpoint) {
  const fs::path folder(checkpoint);
  if (!fs::exists(folder / "MANIFEST")) {
    fail_usage("{}: has no MANIFEST, so it was never finished", checkpoint);
  }
  std::istringstream manifest(read_file((folder / "MANIFEST").string()));
  std::map<std::string, std::string> sums;
  std::string sum, name;
  while (manifest >> sum >> name) sums[name] = sum;
  for (const char* file : kFiles) {
    const fs::path path = folder / file;
    if (!fs::exists(path)) fail_usage("{}: is missing", path.string());
    if (sums[file] != sha256_of_file(path.string())) {
      fail_usage("{}: does not match its checksum in MANIFEST", path.string());
    }
  }
}

std::optional<std::string> newest_checkpoint(const std::string& folder) {
  for (const auto& path : list_checkpoints(folder)) {
    try {
      verify_checkpoint(path);
      return path;
    } catch (const std::exception& error) {  // also of folders and files that may not be read
      warn("{}; trying the checkpoint before it", error.what());
    }
  }
  return std::nullopt;
}

Snapshot load_checkpoint(const std::string& checkpoint, const Network& network) {
  Snapshot snapshot;
  snapshot.weights = load_weights((fs::path(checkpoint) / kFiles[0]).string(), network);
  const std::string exact = (fs::path(checkpoint) / kFiles[1]).string();
  const TensorFile tensors = read_safetensors(exact);
  try {
    read_exact(tensors, network, snapshot);
  } catch (const Error& error) {
    fail_usage("{}: {}; take another checkpoint", exact, error.what());
  }
  const json state = parse_state(checkpoint);
  try {
    read_loop(state, snapshot);
    check_loop(snapshot, network.layout);
  } catch (const Error& error) {
    fail_usage("{}/state.json: {}; take another checkpoint", checkpoint, error.what());
  } catch (const json::exception& error) {
    fail_usage("{}/state.json: not a state file of this version: {}", checkpoint, error.what());
  }
  return snapshot;
}

std::map<std::string, std::string> checkpoint_options(const std::string& checkpoint) {
  const json state = parse_state(checkpoint);
  try {
    return state.at("options").get<std::map<std::string, std::string>>();
  } catch (const json::exception&) {
    fail_usage("{}/state.json: holds no options", checkpoint);
  }
}

}  // namespace zo
