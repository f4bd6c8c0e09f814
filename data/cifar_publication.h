#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace zo {

/// How one record of a CIFAR binary file is laid out: `label_bytes` label bytes, of which the last
/// is the class and one before it the superclass, then the red, green and blue plane row by row.
struct CifarRecords {
  std::int64_t count = 0;
  int label_bytes = 1;
};

/// One file of records and the SHA-256 that the publisher's has.
struct CifarFile {
  std::string name, sha256;
};

/// What distinguishes the "binary version" of CIFAR-10 from that of CIFAR-100.
struct CifarPublication {
  std::string name;    // as --data has it
  std::string title;   // as people say it
  std::string folder;  // that the archive makes
  std::string archive, names_file;
  std::vector<CifarFile> train_files, test_files;
  CifarRecords train_records, test_records;  // of one file
  int classes;
  std::array<float, 3> mean, stddev;

  /// What to do about a missing or damaged set, as the end of a message.
  std::string remedy() const;
};

const CifarPublication& cifar10_publication();
const CifarPublication& cifar100_publication();

/// The publisher's page.
inline constexpr const char* kCifarPage = "https://www.cs.toronto.edu/~kriz/cifar.html";

}  // namespace zo
