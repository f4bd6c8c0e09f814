#include "src/delta/cpu/kernels/delta_kernels.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "src/delta/cpu/kernels/delta_kernels_isa.h"
#include "src/delta/cpu/kernels/isa.h"

namespace zo {
namespace {

template <class Table>
const Table* choose(std::string_view wanted, std::initializer_list<const Table*> widest_first) {
  const auto isas =
      wanted.empty() ? isas_up_to(std::getenv("ZO_ISA"), runnable_isas()) : runnable_isas();
  for (const Table* table : widest_first) {
    const bool allowed = std::find(isas.begin(), isas.end(), table->name) != isas.end();
    if (allowed && (wanted.empty() || wanted == table->name)) return table;
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
