#pragma once
#include <string>

namespace zo {

/// SHA-256 of a file's bytes, 64 hexadecimal digits. Throws Error(Usage) when it cannot be read.
std::string sha256_of_file(const std::string& path);

}  // namespace zo
