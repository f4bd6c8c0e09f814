#pragma once
#include <map>
#include <string>

#include "src/base/layout.h"
#include "src/run/checkpoint.h"

namespace zo {

/// The part of a snapshot that state.json holds: where the loop is, the ledger, the options; no tensor.
std::string snapshot_text(const Snapshot& snapshot);

/// Reads that part from the file at `path` into `snapshot`. Throws Error(Usage) with the file and
/// the reason, also for what no run of a network of `layout` could have left.
void read_snapshot_file(const std::string& path, const Layout& layout, Snapshot& snapshot);

/// The options alone.
std::map<std::string, std::string> snapshot_options(const std::string& path);

}  // namespace zo
