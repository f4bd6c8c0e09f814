#pragma once
#include <string>
#include <vector>

#include "data/dataset.h"

namespace zo {

/// What --data can be: "auto", then the name of every data set.
std::vector<std::string> data_names();

/// Classes of a data set by its name; for "auto" those of CIFAR-10 and the shapes.
int classes_of_data(const std::string& name);

/// Loads a data set by its name; one that comes in files from `directory`. "auto": CIFAR-10 when
/// `directory` holds it, else the embedded shapes. Throws Error(Usage) for an unknown name, and with
/// file, record and reason for a missing folder or file, a wrong size, or a label out of range.
DataSplits load_data(const std::string& name, const std::string& directory);

}  // namespace zo
