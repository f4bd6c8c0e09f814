#pragma once
#include <cstdint>
#include <string>

#include "data/cifar_publication.h"
#include "data/dataset.h"

namespace zo {

/// Reads the binary CIFAR-10 (Krizhevsky 2009) under `directory`/cifar-10-batches-bin: 50,000
/// training and 10,000 test pictures, uint8 [N, 3, 32, 32]. Class names come from batches.meta.txt;
/// where that file is absent they are the class numbers. Throws Error(Usage) for a missing folder
/// or file, a file that is not exactly as long as its records, or a label above 9.
DataSplits load_cifar10(const std::string& directory);

/// The same for CIFAR-100 under `directory`/cifar-100-binary, with the 100 fine labels.
DataSplits load_cifar100(const std::string& directory);

/// True when `directory` has a folder cifar-10-batches-bin, complete or not: a damaged copy must be
/// reported, not silently replaced by another data set.
bool has_cifar10(const std::string& directory);

/// One line on how to get CIFAR-10 and how to train on it, for runs that had to do without.
std::string how_to_get_cifar10();

/// Appends the records of the file at `path` to `data`, which states channels, height, width and
/// classes. `remedy` ends each message. Throws Error(Usage) with file, record and reason, and then
/// leaves `data` as it was.
void append_cifar_file(const std::string& path,
                       CifarRecords records,
                       const std::string& remedy,
                       Dataset& data);

}  // namespace zo
