#include "src/delta/cpu/weights.h"

#include <gtest/gtest.h>

#include <string>

#include "models/registry.h"

namespace zo {
namespace {

TEST(WholeProduct, IsTheFastestThatTheKernelsHaveForAUnit) {
  const DeltaPlan plan = make_delta_plan(make_network("resnet20", {3, 32, 32}, 10));
  for (const char* name : {"amx", "avx512bf16", "avx512", "avx2", "baseline"}) {
    const auto* kernels = delta_kernels<float, Bf16>(name);
    if (kernels == nullptr) continue;
    const bool has_bf16 = kernels->conv(Product::Bf16).keep != nullptr;
    EXPECT_EQ(has_bf16, std::string(name) == "amx" || std::string(name) == "avx512bf16");
    EXPECT_EQ(kernels->bf16_first, std::string(name) == "amx");
    int strided = 0;
    for (const DeltaUnit& unit : plan.units) {
      if (unit.map != DeltaUnit::Map::Conv) continue;
      const bool pictures = unit.in.channels == 3;
      Product expected = pictures           ? Product::Direct
                         : unit.stride == 1 ? Product::Winograd
                                            : Product::Strided;
      if (has_bf16 && (kernels->bf16_first || expected != Product::Winograd)) {
        expected = Product::Bf16;
      }
      EXPECT_EQ(whole_product(unit, *kernels), expected) << name << " " << unit.name;
      strided += unit.stride == 2 ? 1 : 0;
    }
    EXPECT_EQ(strided, 2);
  }
}

TEST(WholeProduct, IsInFloat32WhereDifferencesAre) {
  const DeltaPlan plan = make_delta_plan(make_network("resnet20", {3, 32, 32}, 10));
  for (const DeltaUnit& unit : plan.units) {
    EXPECT_NE(whole_product(unit, *delta_kernels<float, float>()), Product::Bf16);
  }
}

}  // namespace
}  // namespace zo
