#include "src/base/json_nesting.h"

#include <gtest/gtest.h>

namespace zo {
namespace {

TEST(JsonNesting, ListsAndObjectsCountAlike) {
  EXPECT_FALSE(json_nests_deeper("[{}]", 2));
  EXPECT_TRUE(json_nests_deeper("[{}]", 1));
  EXPECT_TRUE(json_nests_deeper(R"({"a": {"b": [)", 2));
  EXPECT_FALSE(json_nests_deeper("[[], [], [[]]]", 3));
  EXPECT_TRUE(json_nests_deeper("[[], [], [[]]]", 2));
}

TEST(JsonNesting, BracketsInTextsDoNotCount) {
  EXPECT_FALSE(json_nests_deeper(R"({"[[[\"[[[": "{{{\\"})", 1));
  EXPECT_TRUE(json_nests_deeper(R"({"\\": [1]})", 1));
  EXPECT_FALSE(json_nests_deeper(R"("\)", 0));
}

TEST(JsonNesting, TheUsualBoundIsEight) {
  EXPECT_FALSE(json_nests_deeper(std::string(8, '[')));
  EXPECT_TRUE(json_nests_deeper(std::string(9, '[')));
}

}  // namespace
}  // namespace zo
