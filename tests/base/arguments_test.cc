#include "src/base/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/base/error.h"

namespace zo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Fields {
  std::int64_t batch = 64;
  double lr = 0.1;
  std::string oracle = "delta";
  bool resume = false;
  OptionTable table;

  Fields() {
    table.begin_group("Work");
    table.add("batch", &batch, Range::at_least(1), "pictures a step");
    table.add("lr", &lr, Range::positive(), "step length");
    table.begin_group("Else");
    table.add("oracle", &oracle, {"delta", "reference"}, "how losses are computed");
    table.add("resume", &resume, "go on");
  }
  std::string message(const std::vector<std::string>& words) {
    try {
      read_arguments(words, table, "train");
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return error.what();
    }
    return "accepted";
  }
};

TEST(Arguments, ReadsValuesInBothSpellingsAndLeavesPlainWords) {
  Fields f;
  const auto rest =
      read_arguments({"--batch", "8", "--lr=2e-3", "word", "--resume"}, f.table, "train");
  EXPECT_EQ(f.batch, 8);
  EXPECT_EQ(f.lr, 2e-3);
  EXPECT_TRUE(f.resume);
  EXPECT_THAT(rest.positional, ElementsAre("word"));
  EXPECT_TRUE(f.table.given("lr"));
  EXPECT_FALSE(f.table.given("oracle"));
}

TEST(Arguments, NamesOfOneLetterTakeTwoDashesToo) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--x", "time"}, {"--x=time"}, {"-x", "time"}, {"--batch", "8", "--x", "time"}}) {
    Fields f;
    std::string x = "queries";
    f.table.add("x", &x, {"queries", "time"}, "what is drawn against");
    EXPECT_TRUE(read_arguments(words, f.table, "train").positional.empty());
    EXPECT_EQ(x, "time");
  }
  Fields f;
  std::string x = "queries";
  f.table.add("x", &x, {"queries", "time"}, "what is drawn against");
  EXPECT_EQ(f.message({"--x"}), "--x: needs a value");
  EXPECT_EQ(f.message({"--x=hours"}), "--x: 'hours' must be one of queries, time");
  EXPECT_EQ(f.message({"--q", "1"}), "--q: unknown option; did you mean --x?");
}

TEST(Arguments, ASwitchIsTurnedOffByNo) {
  Fields f;
  f.resume = true;
  read_arguments({"--no-resume"}, f.table, "train");
  EXPECT_FALSE(f.resume);
  EXPECT_TRUE(f.table.given("resume"));
  read_arguments({"--resume"}, f.table, "train");
  EXPECT_TRUE(f.resume);
  EXPECT_EQ(f.message({"--no-batch"}), "--no-batch: unknown option; did you mean --batch?");
  EXPECT_EQ(f.message({"--no-resum"}), "--no-resum: unknown option; did you mean --no-resume?");
}

TEST(Arguments, AnOptionOfThatNameGoesBeforeTheSwitch) {
  Fields f;
  bool other = false;
  f.table.add("no-resume", &other, "a switch of its own");
  read_arguments({"--no-resume", "--resume"}, f.table, "train");
  EXPECT_TRUE(other);
  EXPECT_TRUE(f.resume);
}

TEST(Arguments, OfSeveralValuesTheLastHoldsAndAWarningSaysSo) {
  Fields f;
  testing::internal::CaptureStderr();
  read_arguments({"--lr", "0.1", "--batch", "8", "--lr=0.2", "--batch", "8"}, f.table, "train");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "zotrain: warning: --lr is given more than once; 0.2, the last, holds\n");
  EXPECT_EQ(f.lr, 0.2);
}

TEST(Arguments, AnUnknownFlagNamesTheNearestOne) {
  Fields f;
  EXPECT_EQ(f.message({"--bach", "8"}), "--bach: unknown option; did you mean --batch?");
  EXPECT_EQ(f.message({"--zzzzzzzz=1"}),
            "--zzzzzzzz: unknown option; `zotrain train --help` lists them");
}

TEST(Arguments, AMissingValueIsRefusedWithTheFlag) {
  Fields f;
  EXPECT_EQ(f.message({"--resume", "--batch"}), "--batch: needs a value");
  EXPECT_EQ(f.message({"--oracle", "--resume"}), "--oracle: needs a value, but --resume follows");
}

TEST(Arguments, AValueOutOfRangeNamesFlagValueAndConstraint) {
  Fields f;
  EXPECT_EQ(f.message({"--batch", "0"}), "--batch: '0' must be at least 1");
  EXPECT_EQ(f.message({"--lr", "fast"}), "--lr: 'fast' must be a number");
  EXPECT_EQ(f.message({"--oracle", "x"}), "--oracle: 'x' must be one of delta, reference");
  EXPECT_THAT(f.message({"--resume=perhaps"}), HasSubstr("perhaps"));
}

TEST(Arguments, HelpListsEveryOptionByGroupWithItsDefault) {
  Fields f;
  EXPECT_TRUE(read_arguments({"--help"}, f.table, "train").help);
  const std::string text = help_text(f.table, "zotrain work [options]", "Works.");
  EXPECT_THAT(text, HasSubstr("zotrain work [options]"));
  EXPECT_THAT(text, HasSubstr("--batch N"));
  EXPECT_THAT(text, HasSubstr("(default: 64)"));
  EXPECT_THAT(text, HasSubstr("go on (default: false; --no-resume turns it off)"));
  EXPECT_LT(text.find("Work options"), text.find("Else options"));
}

TEST(Arguments, HelpHasTwoDashesBeforeANameOfOneLetterToo) {
  for (const std::string choice : {"time", "queries-or-wall-clock-time-or-passes"}) {
    Fields f;
    std::string x = choice;
    f.table.add("x", &x, {choice}, "what is drawn against");
    const std::string text = help_text(f.table, "zotrain work [options]", "Works.");
    EXPECT_THAT(text, HasSubstr("\n      --x " + choice));
    EXPECT_THAT(text, Not(HasSubstr("\n  -x")));
    // What it means begins where it does for the others of its group.
    const auto column = [&](const std::string& words) {
      const auto at = text.find(words);
      return at - text.rfind('\n', at);
    };
    EXPECT_EQ(column("what is drawn"), column("how losses"));
  }
}

TEST(Arguments, PeekFindsTheLastValueOfAnOption) {
  EXPECT_EQ(peek_option({"--method", "a", "--method=b"}, "method"), "b");
  EXPECT_EQ(peek_option({"--methods", "a", "--method"}, "method"), std::nullopt);
}

}  // namespace
}  // namespace zo
