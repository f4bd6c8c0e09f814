#include "src/delta/cpu/kernels/delta_kernels.h"

#include <string_view>

#include "src/delta/cpu/kernels/amx_permission.h"
#include "src/delta/cpu/kernels/delta_kernels_isa.h"

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

template <class Table>
const Table* choose(std::string_view wanted, std::initializer_list<const Table*> widest_first) {
  for (const Table* table : widest_first) {
    if (runs(table->name) && (wanted.empty() || wanted == table->name)) return table;
  }
  return nullptr;
}

}  // namespace

#ifdef __x86_64__
#define ZO_WIDEST_FIRST(TABLE) \
  { &avx512::TABLE, &avx2::TABLE, &baseline::TABLE }
#else
#define ZO_WIDEST_FIRST(TABLE) \
  { &baseline::TABLE }
#endif

template <>
const DeltaKernels<float, float>* delta_kernels(const char* name) {
  return choose<DeltaKernels<float, float>>(name, ZO_WIDEST_FIRST(kFloat));
}

template <>
const DeltaKernels<float, Bf16>* delta_kernels(const char* name) {
#ifdef __x86_64__
  using Table = DeltaKernels<float, Bf16>;
  if (const Table* table = choose<Table>(name, {&amx::kBf16, &avx512bf16::kBf16})) return table;
#endif
  return choose<DeltaKernels<float, Bf16>>(name, ZO_WIDEST_FIRST(kBf16));
}

template <>
const DeltaKernels<double, double>* delta_kernels(const char* name) {
  return choose<DeltaKernels<double, double>>(name, ZO_WIDEST_FIRST(kDouble));
}

}  // namespace zo
