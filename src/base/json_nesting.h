#pragma once
#include <string_view>

namespace zo {

/// How deep lists and objects may lie in each other in the JSON that this program reads, which needs
/// four levels.
constexpr int kMaxJsonNesting = 8;

/// Whether brackets and braces outside of texts nest deeper than `depth`. To be asked before such
/// text is parsed: copies and prints of deep values recurse and would exhaust the stack.
bool json_nests_deeper(std::string_view json, int depth = kMaxJsonNesting);

}  // namespace zo
