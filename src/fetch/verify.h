#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "src/fetch/sources.h"

namespace zo {

/// A data set on disk that is what its publisher describes.
struct Verified {
  struct File {
    std::string path;
    std::int64_t bytes = 0;
    std::string sha256;
    std::string published;  // that of the publisher's file, "" where not known
  };
  std::vector<File> files;
  std::string holds;  // "50,000 training pictures …"

  /// What it holds, and what is known about the bytes.
  std::string summary() const;
};

/// Whether `directory` has the set, or one of its files, sound or not.
bool is_there(const Source& source, const std::string& directory);

/// Reads what `directory` has of the set and holds sizes, labels and numbers of examples to what is published,
/// whatever the bytes are. Throws Error(Run) with file, record and reason for what is not so, and where
/// some files have the publisher's bytes and others have not.
Verified verify(const Source& source, const std::string& directory);

/// The same for one LIBSVM file that lies at `path`.
void verify_libsvm(const RemoteFile& file, const std::string& path);

}  // namespace zo
