#include "src/base/error.h"

#include <gtest/gtest.h>

namespace zo {
namespace {

TEST(Error, OfUsageLeavesWithTwoAndOfARunWithOne) {
  EXPECT_EQ(Error(Error::Kind::Usage, "").exit_code(), 2);
  EXPECT_EQ(Error(Error::Kind::Run, "").exit_code(), 1);
}

TEST(Error, CarriesTheFormattedMessageAsAStandardException) {
  try {
    fail_usage("--kappa {}: must be {}", 1.5, "in [0, 1)");
    FAIL() << "fail_usage returned";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "--kappa 1.5: must be in [0, 1)");
  }
  try {
    fail_run("{}: no space", "a.bin");
    FAIL() << "fail_run returned";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "a.bin: no space");
    EXPECT_EQ(error.exit_code(), 1);
  }
}

}  // namespace
}  // namespace zo
