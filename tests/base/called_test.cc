#include "src/base/called.h"

#include <gtest/gtest.h>

namespace zo {
namespace {

TEST(Called, WordsAreQuotedWhereAShellWouldSplitOrExpandThem) {
  EXPECT_EQ(shell_word("runs/a-1_b.c"), "runs/a-1_b.c");
  EXPECT_EQ(shell_word("my runs"), "'my runs'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("$HOME"), "'$HOME'");
  EXPECT_EQ(shell_word("~x"), "'~x'");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(Called, CommandsInAMessageAreThoseThatTheUserTypes) {
  set_called("./zotrain");
  EXPECT_EQ(as_called("`zotrain data fetch a` or `zotrain info`; zotrain is no command here"),
            "`./zotrain data fetch a` or `./zotrain info`; zotrain is no command here");
  set_called("/a b/zotrain");
  EXPECT_EQ(as_called("`zotrain info`"), "`'/a b/zotrain' info`");
  set_called("zotrain");
  EXPECT_EQ(as_called("`zotrain info`"), "`zotrain info`");
}

}  // namespace
}  // namespace zo
