#include "src/delta/cpu/kernels/isa.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "src/base/error.h"
#include "src/delta/cpu/kernels/amx_permission.h"

namespace zo {
namespace {

bool runs(std::string_view isa) {
#ifdef __x86_64__
  if (isa == "avx512") {
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
           __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512bw") != 0;
  }
  if (isa == "avx512bf16") return runs("avx512") && __builtin_cpu_supports("avx512bf16") != 0;
  if (isa == "amx") return runs("avx512bf16") && may_use_amx();
  if (isa == "avx2") {
    return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  }
#endif
  return isa == "baseline";
}

}  // namespace

std::vector<std::string_view> runnable_isas() {
  std::vector<std::string_view> runnable;
  std::copy_if(kIsas.begin(), kIsas.end(), std::back_inserter(runnable), runs);
  return runnable;
}

std::vector<std::string_view> isas_up_to(const char* limit,
                                         std::vector<std::string_view> runnable) {
  if (limit == nullptr || *limit == '\0') return runnable;
  const auto last = std::find(runnable.begin(), runnable.end(), limit);
  if (last == runnable.end()) {
    fail_usage(
        "ZO_ISA={}: not an instruction set that this processor runs kernels for ({}); set "
        "one of these, or unset ZO_ISA for the widest",
        limit,
        fmt::join(runnable, ", "));
  }
  runnable.erase(last + 1, runnable.end());
  return runnable;
}

}  // namespace zo
