#include "data/cifar.h"
#include "data/dataset.h"
#include "data/shapes.h"
#include "src/base/error.h"
#include "src/base/options.h"

namespace zo {

DataSplits load_data(const std::string& name, const std::string& directory) {
  if (name == "cifar10") return load_cifar10(directory);
  if (name == "cifar100") return load_cifar100(directory);
  if (name == "shapes") return make_shapes();
  if (name == "auto") return has_cifar10(directory) ? load_cifar10(directory) : make_shapes();
  const std::string near = nearest(name, {"auto", "cifar10", "cifar100", "shapes"});
  fail_usage("--data {}: must be auto, cifar10, cifar100 or shapes{}",
             name,
             near.empty() ? "" : "; did you mean " + near + "?");
}

}  // namespace zo
