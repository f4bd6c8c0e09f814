#include "tests/fuzz/small_checkpoint.h"

#include "models/mlp.h"
#include "src/base/atomic_file.h"
#include "src/run/checkpoint.h"

namespace zo::fuzz {

SmallCheckpoint::SmallCheckpoint() : network_(make_mlp("mlp", 2, {1, 1, 2}, 2)) {
  Snapshot snapshot;
  snapshot.loop.steps = 7;
  snapshot.weights = initial_weights(network_, 1);
  snapshot.method["velocity"] = std::vector<double>{0.5, -0.25};
  snapshot.method["period"] = std::vector<std::int64_t>{3};
  snapshot.options = {{"model", "mlp"}, {"lr", "0.1"}};
  const LinkFolder written;
  save_checkpoint(written.path(), network_, snapshot, Precision::Float64, 1);
  const std::string from = written.path() + "/step-7/";
  for (const auto& [name, file] : {std::pair{"MANIFEST", &manifest},
                                   std::pair{"state.json", &state},
                                   std::pair{"method.safetensors", &method},
                                   std::pair{"weights.safetensors", &weights}}) {
    file->assign(read_file(from + name));
    folder_.link(name, *file);
  }
}

}  // namespace zo::fuzz
