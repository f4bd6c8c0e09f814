#include "src/cli/data_options.h"

#include <cstdlib>

#include "data/load.h"
#include "src/base/error.h"

namespace zo {

std::string default_data_folder() {
  const char* set = std::getenv("ZO_DATA_DIR");
  return set != nullptr && *set != '\0' ? set : "data";
}

void DataOptions::describe(OptionTable& table) {
  table.begin_group("Data");
  table.add(
      "data",
      &name,
      data_names(),
      "auto: that of the run, else CIFAR-10 when --data-dir holds it, else the built-in shapes");
  table.add("data-dir",
            &folder,
            "folder that holds cifar-10-batches-bin or cifar-100-binary (or set ZO_DATA_DIR)");
}

void DataOptions::fall_back_on(const std::string& run_data,
                               const std::string& run_folder,
                               const OptionTable& table) {
  if (name == "auto" && !run_data.empty()) name = run_data;
  if (!table.given("data-dir") && !run_folder.empty()) folder = run_folder;
}

void DataOptions::check_fits(const Dataset& data, const Network& network) const {
  if (data.classes == network.classes &&
      network.input == Shape{data.channels, data.height, data.width}) {
    return;
  }
  fail_usage(
      "--data: {} has {} classes, the weights are for {}; choose the data set they were trained on",
      data.name,
      data.classes,
      network.classes);
}

}  // namespace zo
