#pragma once
#include <string>

#include "models/network.h"
#include "models/weights.h"

namespace zo {

/// Weights that a run, a checkpoint or a file holds, with the network they belong to.
struct StoredWeights {
  Network network;
  Weights weights;
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
