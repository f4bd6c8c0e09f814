#include "src/cli/attack.h"

#include <ATen/Parallel.h>

#include "data/load.h"
#include "src/attack/picture_attack.h"
#include "src/base/error.h"
#include "src/cli/data_options.h"
#include "src/cli/stored_weights.h"

namespace zo {

std::unique_ptr<Problem> make_attack(const ProblemOptions& options) {
  if (options.weights.empty()) {
    fail_usage("--problem attack: needs --weights RUN, a run or checkpoint folder of a network");
  }
  DataOptions place;
  if (!options.data.empty()) place.name = options.data;
  const StoredWeights stored =
      open_weights("--weights", options.weights, "", classes_of_data(place.name));
  if (options.data.empty() && !stored.data.empty()) place.name = stored.data;
  if (!stored.data_dir.empty()) place.folder = stored.data_dir;
  if (!options.data_dir.empty()) place.folder = options.data_dir;
  const DataSplits splits = load_data(place.name, place.folder);
  place.check_fits(splits.test, stored.network);
  // A pass over one picture is too short to share out; probes run side by side (--threads).
  at::set_num_threads(1);
  return std::make_unique<PictureAttack>(stored.network,
                                         stored.for_evaluation(),
                                         splits.test,
                                         options.image,
                                         options.target_class,
                                         options.limit);
}

}  // namespace zo
