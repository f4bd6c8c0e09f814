#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/cifar_publication.h"

namespace zo {

/// A file to be downloaded.
struct RemoteFile {
  std::string name;        // that it gets here
  std::string url;         // the publisher's
  std::string sha256;      // "" where none is known
  std::int64_t bytes = 0;  // 0 where not known
  /// Of LIBSVM files, as the publisher counts them.
  std::int64_t examples = 0, features = 0;
};

/// A data set that others publish: the binary version of a CIFAR set, or files in LIBSVM's format.
struct Source {
  std::string name;   // as `data fetch` takes it
  std::string title;  // one line
  std::string page;   // where to read about it
  std::vector<RemoteFile> files;
  const CifarPublication* cifar = nullptr;  // null for LIBSVM files

  /// How to do without `data fetch`, as the end of a message.
  std::string by_hand(const std::string& directory) const;
};

const std::vector<Source>& sources();

/// Throws Error(Usage) with the nearest known name.
const Source& find_source(const std::string& name);

/// The lines of `data fetch --list`.
std::string list_of_sources();

}  // namespace zo
