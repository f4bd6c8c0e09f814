#pragma once
#include <string>
#include <vector>

#include "src/base/layout.h"
#include "src/oracle/probe.h"

namespace zo {

/// Reads a JSON list of probes: {"edits": [[parameter, flat index, delta], …]} or {"seed", "scale"}
/// with "law": "gaussian" (default) or "rademacher". Throws Error(Usage) with the file, the number
/// of the probe (from 0) and the reason.
std::vector<Probe> read_probes(const std::string& path, const Layout& layout);

}  // namespace zo
