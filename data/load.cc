#include "data/load.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "data/cifar.h"
#include "data/shapes.h"
#include "src/base/error.h"
#include "src/base/options.h"

namespace zo {
namespace {

struct DataSet {
  const char* name;
  int classes;
  DataSplits (*load)(const std::string& directory);
};

/// Every data set. Adding one is a reader and a line here.
constexpr DataSet kDataSets[] = {
    {"cifar10", 10, load_cifar10},
    {"cifar100", 100, load_cifar100},
    {"shapes", 10, [](const std::string&) { return make_shapes(); }},
    {"shapes100", 100, [](const std::string&) { return make_shapes100(); }},
};

const DataSet& find_data(const std::string& name, const std::string& directory) {
  const std::string wanted =
      name != "auto" ? name : (has_cifar10(directory) ? "cifar10" : "shapes");
  const auto* found = std::find_if(std::begin(kDataSets),
                                   std::end(kDataSets),
                                   [&](const DataSet& set) { return set.name == wanted; });
  if (found != std::end(kDataSets)) return *found;
  const std::string near = nearest(name, data_names());
  fail_usage("--data {}: must be one of {}{}",
             name,
             fmt::join(data_names(), ", "),
             near.empty() ? "" : "; did you mean " + near + "?");
}

}  // namespace

std::vector<std::string> data_names() {
  std::vector<std::string> names = {"auto"};
  for (const DataSet& set : kDataSets) names.emplace_back(set.name);
  return names;
}

int classes_of_data(const std::string& name) { return find_data(name, "").classes; }

DataSplits load_data(const std::string& name, const std::string& directory) {
  return find_data(name, directory).load(directory);
}

}  // namespace zo
