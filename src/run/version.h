#pragma once
#include <map>
#include <string>

namespace zo {

/// What this program was built from: "zotrain", "commit", "libtorch", "compiler".
std::map<std::string, std::string> build_versions();

}  // namespace zo
