#pragma once
#include <string>

#include "data/dataset.h"
#include "models/network.h"
#include "src/base/options.h"

namespace zo {

/// ZO_DATA_DIR, else "data".
std::string default_data_folder();

/// --data and --data-dir of the verbs that look at pictures.
struct DataOptions {
  std::string name = "auto", folder = default_data_folder();

  void describe(OptionTable& table);
  /// Takes what a run used where the user gave nothing.
  void fall_back_on(const std::string& run_data,
                    const std::string& run_folder,
                    const OptionTable& table);
  /// Throws Error(Usage) unless the network takes these pictures and has their classes.
  void check_fits(const Dataset& data, const Network& network) const;
};

}  // namespace zo
