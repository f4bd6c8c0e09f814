#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "src/delta/cpu/kernels/isa.h"

namespace zo {
namespace {

bool has(const auto& isas, std::string_view isa) {
  return std::find(isas.begin(), isas.end(), isa) != isas.end();
}

/// Linked into a test, it skips every case where ZO_ISA names an instruction set that this
/// processor lacks. A name that does not exist is left to fail.
class SkipLackingIsa : public ::testing::EmptyTestEventListener {
  // Here a skip counts for the case that starts; an Environment's would carry no reason.
  void OnTestStart(const ::testing::TestInfo& /*info*/) override {
    const char* isa = std::getenv("ZO_ISA");
    if (isa == nullptr || !has(kIsas, isa) || has(runnable_isas(), isa)) return;
    GTEST_SKIP() << "this processor has no " << isa;
  }
};

[[maybe_unused]] const bool kListens = [] {
  ::testing::UnitTest::GetInstance()->listeners().Append(
      std::make_unique<SkipLackingIsa>().release());
  return true;
}();

}  // namespace
}  // namespace zo
