#pragma once
#include <array>
#include <string_view>
#include <vector>

namespace zo {

/// The instruction sets that the delta oracle's kernels are compiled for, narrowest first.
/// "baseline" is what the compiler assumes of every processor.
inline constexpr std::array<std::string_view, 5> kIsas{
    "baseline", "avx2", "avx512", "avx512bf16", "amx"};

/// Those of kIsas that this processor has and the operating system allows, narrowest first.
std::vector<std::string_view> runnable_isas();

/// Those of `runnable` up to and including `limit`, the value of ZO_ISA; all of them where it is
/// null or empty. Throws a usage error that lists `runnable` where `limit` is none of them.
std::vector<std::string_view> isas_up_to(const char* limit, std::vector<std::string_view> runnable);

}  // namespace zo
