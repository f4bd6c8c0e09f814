#pragma once
#include <string>
#include <vector>

#include "src/base/progress.h"
#include "src/fetch/download.h"
#include "src/fetch/sources.h"

namespace zo {

struct FetchOptions {
  std::string directory;
  /// Addresses asked before the publisher's: of the file, or of a folder that holds it, with a / at the
  /// end.
  std::vector<std::string> mirrors;
  /// Of another file than the publisher's, which only the mirrors are asked for; "" for the publisher's.
  std::string sha256;
  DownloadOptions download;
};

/// Brings a data set into `directory`, or says that it is there. True when it is; false when a signal
/// came first, with what came so far kept for the next time. Throws Error(Usage) for options that do not
/// fit, Error(Run) with the reason and the way out.
bool fetch(const Source& source, const FetchOptions& options, Progress& progress);

}  // namespace zo
