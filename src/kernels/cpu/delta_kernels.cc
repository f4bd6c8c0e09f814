#include "src/kernels/cpu/delta_kernels.h"

#include <string_view>

#include "src/kernels/cpu/delta_kernels_isa.h"

namespace zo {
namespace {

bool runs(std::string_view isa) {
#ifdef __x86_64__
  if (isa == "avx512") {
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
           __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512bw") != 0;
  }
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

template <>
const DeltaKernels<float, float>* delta_kernels(const char* name) {
#ifdef __x86_64__
  return choose<DeltaKernels<float, float>>(name,
                                            {&avx512::kFloat, &avx2::kFloat, &baseline::kFloat});
#else
  return choose<DeltaKernels<float, float>>(name, {&baseline::kFloat});
#endif
}

template <>
const DeltaKernels<double, double>* delta_kernels(const char* name) {
#ifdef __x86_64__
  return choose<DeltaKernels<double, double>>(
      name, {&avx512::kDouble, &avx2::kDouble, &baseline::kDouble});
#else
  return choose<DeltaKernels<double, double>>(name, {&baseline::kDouble});
#endif
}

}  // namespace zo
