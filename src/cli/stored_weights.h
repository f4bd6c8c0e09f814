#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/network.h"
#include "models/weights.h"

namespace zo {

/// Weights that a run, a checkpoint or a file holds, with the network they belong to.
struct StoredWeights {
  Network network;
  Weights weights;                                 // with the running statistics
  std::vector<double> evaluation_norms;            // of a run
  std::optional<std::int64_t> statistics_batches;  // retaken from by the run; none for a file
  /// The weights for evaluation and export.
  Weights for_evaluation() const;

  std::string data;      // data set of the run; "" for a file
  std::string data_dir;  // and where it was found
};

/// Opens `path`: a run folder (its newest sound checkpoint), a checkpoint folder, or a .safetensors
/// or .pt file. `model` names the network of a file that does not say; `classes` is for files only,
/// a run knows its own. Throws Error(Usage) that names `flag`, the path and the reason.
StoredWeights open_weights(const std::string& flag,
                           const std::string& path,
                           const std::string& model,
                           int classes);

}  // namespace zo
