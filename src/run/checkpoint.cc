#include "src/run/checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <sstream>

#include "models/safetensors.h"
#include "src/base/atomic_file.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/run/checksum.h"
#include "src/run/snapshot_json.h"

namespace zo {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 3> kFiles = {
    "weights.safetensors", "method.safetensors", "state.json"};
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

/// What a run left that was killed while it saved.
void remove_unfinished(const std::string& folder) {
  std::vector<fs::path> unfinished;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path& path = entry.path();
    if (path.extension() == kPart && step_of(path.stem()) >= 0) unfinished.push_back(path);
  }
  for (const auto& path : unfinished) fs::remove_all(path);
}

void prune(const std::string& folder, std::int64_t newest_step, std::int64_t keep) {
  std::int64_t kept = 0;
  for (const auto& path : list_checkpoints(folder)) {
    if (step_of(path) <= newest_step && kept++ < keep) continue;
    // Without its MANIFEST a half-removed checkpoint cannot be taken for a sound one.
    fs::remove(fs::path(path) / "MANIFEST");
    fs::remove_all(path);
  }
  remove_unfinished(folder);
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
    write_file_atomically((part / kFiles[2]).string(), snapshot_text(snapshot));
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
  std::error_code none, closed;
  for (const auto& entry : fs::directory_iterator(folder, closed)) {
    // Not through links: what is removed with the older ones lies in this folder.
    if (fs::is_directory(entry.symlink_status(none)) && step_of(entry.path()) >= 0) {
      found.push_back(entry.path());
    }
  }
  if (closed && closed != std::errc::no_such_file_or_directory &&
      closed != std::errc::not_a_directory) {
    fail_usage("{}: cannot be read: {}", folder, closed.message());
  }
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    return step_of(a) > step_of(b);
  });
  return {found.begin(), found.end()};
}

void remove_checkpoints(const std::string& folder) {
  if (!fs::is_directory(folder)) return;
  for (const auto& path : list_checkpoints(folder)) fs::remove_all(path);
  remove_unfinished(folder);
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
  read_snapshot_file((fs::path(checkpoint) / kFiles[2]).string(), network.layout, snapshot);
  return snapshot;
}

std::map<std::string, std::string> checkpoint_options(const std::string& checkpoint) {
  return snapshot_options((fs::path(checkpoint) / kFiles[2]).string());
}

}  // namespace zo
