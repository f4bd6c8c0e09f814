#include "src/delta/cpu/kernels/isa.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

#include "src/base/error.h"
#include "src/delta/cpu/kernels/delta_kernels.h"

namespace zo {
namespace {

using Names = std::vector<std::string_view>;

bool runs(std::string_view isa) {
  const Names all = runnable_isas();
  return std::find(all.begin(), all.end(), isa) != all.end();
}

/// Sets ZO_ISA for one test and gives it its former value back.
class IsaLimit : public ::testing::Test {
 protected:
  IsaLimit() {
    if (const char* set = std::getenv("ZO_ISA")) former_ = set;
  }
  ~IsaLimit() override {
    if (former_.has_value()) {
      setenv("ZO_ISA", former_->c_str(), 1);
    } else {
      unsetenv("ZO_ISA");
    }
  }
  static void set(const std::string& isa) { setenv("ZO_ISA", isa.c_str(), 1); }

 private:
  std::optional<std::string> former_;
};

std::string refusal(const char* limit, const Names& runnable) {
  try {
    isas_up_to(limit, runnable);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "not refused";
}

TEST_F(IsaLimit, EveryTableTakesItsWidestKernelsUpToTheLimit) {
  const struct {
    const char *limit, *full, *bf16;
  } cases[] = {{"baseline", "baseline", "baseline"},
               {"avx2", "avx2", "avx2"},
               {"avx512", "avx512", "avx512"},
               {"avx512bf16", "avx512", "avx512bf16"},
               {"amx", "avx512", "amx"}};
  for (const auto& [limit, full, bf16] : cases) {
    if (!runs(limit)) continue;  // narrower machines refuse it, see below
    set(limit);
    EXPECT_STREQ((delta_kernels<float, float>()->name), full) << limit;
    EXPECT_STREQ((delta_kernels<double, double>()->name), full) << limit;
    EXPECT_STREQ((delta_kernels<float, Bf16>()->name), bf16) << limit;
  }
}

TEST_F(IsaLimit, WithoutALimitTheWidestOfTheProcessorAreTaken) {
  set("");
  const std::string empty = delta_kernels<float, Bf16>()->name;
  unsetenv("ZO_ISA");
  EXPECT_EQ((delta_kernels<float, Bf16>()->name), runnable_isas().back());
  EXPECT_EQ(empty, runnable_isas().back());
}

TEST_F(IsaLimit, KernelsAskedForByNameIgnoreIt) {
  set("baseline");
  for (const std::string_view isa : runnable_isas()) {
    const auto* kernels = delta_kernels<float, Bf16>(std::string(isa).c_str());
    ASSERT_NE(kernels, nullptr) << isa;
    EXPECT_EQ(kernels->name, isa);
  }
}

TEST_F(IsaLimit, EveryTableRefusesAnUnknownOne) {
  for (const char* unknown : {"sse9", "AVX2", "avx", "avx5"}) {
    set(unknown);
    EXPECT_THROW((delta_kernels<float, float>()), Error) << unknown;
    EXPECT_THROW((delta_kernels<double, double>()), Error) << unknown;
    EXPECT_THROW((delta_kernels<float, Bf16>()), Error) << unknown;
  }
}

TEST_F(IsaLimit, OneThatTheProcessorLacksIsRefusedByEveryTable) {
  const auto lacking =
      std::find_if(kIsas.begin(), kIsas.end(), [](std::string_view isa) { return !runs(isa); });
  if (lacking == kIsas.end()) GTEST_SKIP() << "this processor has every instruction set";
  set(std::string(*lacking));
  EXPECT_THROW((delta_kernels<float, float>()), Error);
  EXPECT_THROW((delta_kernels<float, Bf16>()), Error);
}

TEST(IsasUpTo, TheRefusalNamesTheVariableItsValueAndWhatThereIs) {
  EXPECT_EQ(refusal("amx", {"baseline", "avx2"}),
            "ZO_ISA=amx: not an instruction set that this processor runs kernels for (baseline, "
            "avx2); set one of these, or unset ZO_ISA for the widest");
}

TEST(IsasUpTo, HoldsTheNarrowerOnesAndTheLimitItself) {
  const Names runnable{"baseline", "avx2", "avx512"};
  EXPECT_EQ(isas_up_to("avx2", runnable), (Names{"baseline", "avx2"}));
  EXPECT_EQ(isas_up_to("baseline", runnable), (Names{"baseline"}));
  EXPECT_EQ(isas_up_to("avx512", runnable), runnable);
  EXPECT_EQ(isas_up_to(nullptr, runnable), runnable);
}

}  // namespace
}  // namespace zo
