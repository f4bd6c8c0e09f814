#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "src/base/progress.h"
#include "src/fetch/part_file.h"
#include "src/fetch/sources.h"
#include "src/fetch/transport.h"

namespace zo {

struct DownloadOptions {
  std::int64_t patience = 30;  // seconds that a server may be slow
  std::int64_t tries = 4;  // more of them after a cut connection, or while a server is out of order
  double pause = 1.0;      // seconds before the first of these, twice as long before each next
};

/// Brings the whole of `file` into `part`, from the first of `urls` that has it: goes on where the
/// part ends, and holds length and checksum to those known. `unpacked` bytes must have room beside it.
/// False when a signal came first: the part stays. Throws Error(Run) when no server gives the file, with
/// what each did and `otherwise` as the way out.
bool download(const Transport& transport,
              const RemoteFile& file,
              const std::vector<std::string>& urls,
              std::int64_t unpacked,
              const DownloadOptions& options,
              const std::string& otherwise,
              PartFile& part,
              Progress& progress);

}  // namespace zo
