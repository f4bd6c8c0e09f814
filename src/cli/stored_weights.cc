#include "src/cli/stored_weights.h"

#include <filesystem>

#include "data/load.h"
#include "models/registry.h"
#include "models/safetensors.h"
#include "src/base/error.h"
#include "src/cli/data_options.h"
#include "src/run/checkpoint.h"
#include "src/run/run_folder.h"

namespace zo {
namespace {

namespace fs = std::filesystem;
constexpr Shape kPicture = {3, 32, 32};  // of every data set there is

StoredWeights open_checkpoint(const std::string& checkpoint) {
  auto options = checkpoint_options(checkpoint);
  StoredWeights stored;
  stored.data = options["data"];
  stored.data_dir = options["data-dir"];
  stored.network = make_network(options["model"], kPicture, classes_of_data(stored.data));
  Snapshot snapshot = load_checkpoint(checkpoint, stored.network);
  stored.weights = std::move(snapshot.weights);
  stored.evaluation_norms = std::move(snapshot.evaluation_norms);
  stored.statistics_batches = snapshot.statistics_batches;
  return stored;
}

/// The folder of the checkpoint that `path` means.
std::string find_checkpoint(const std::string& flag, const std::string& path) {
  if (fs::exists(fs::path(path) / "state.json")) {
    verify_checkpoint(path);
    return path;
  }
  const auto newest = newest_checkpoint(RunFolder{path}.checkpoints());
  if (!newest)
    fail_usage("{}: {} is neither a run with a sound checkpoint nor a checkpoint", flag, path);
  return *newest;
}

StoredWeights open_file(const std::string& flag,
                        const std::string& path,
                        const std::string& model,
                        int classes) {
  std::string name = model;
  if (fs::path(path).extension() == ".safetensors") {
    const TensorFile file = read_safetensors(path);
    const auto said = file.metadata.find("model");
    if (name.empty() && said != file.metadata.end()) name = said->second;
  }
  if (name.empty()) {
    fail_usage("{}: {} does not say which network it is for; add --model NAME", flag, path);
  }
  StoredWeights stored;
  stored.network = make_network(name, kPicture, classes);
  stored.weights = load_weights(path, stored.network);
  return stored;
}

}  // namespace

Weights StoredWeights::for_evaluation() const {
  Weights result = weights;
  if (statistics_batches) result.norms = evaluation_norms;
  return result;
}

StoredWeights open_weights(const std::string& flag,
                           const std::string& path,
                           const std::string& model,
                           int classes) {
  if (!fs::exists(path)) fail_usage("{}: {} does not exist", flag, path);
  if (!fs::is_directory(path)) return open_file(flag, path, model, classes);
  StoredWeights stored = open_checkpoint(find_checkpoint(flag, path));
  if (!model.empty() && model != stored.network.name) {
    fail_usage("--model: {} holds weights of {}; leave --model out", path, stored.network.name);
  }
  return stored;
}

}  // namespace zo
