#include "src/base/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "src/base/error.h"

namespace zo {
namespace {

using testing::HasSubstr;

class Options : public testing::Test {
 protected:
  Options() {
    table_.begin_group("Method");
    table_.add("kappa", &kappa_, Range{0.0, 1.0, false, true}, "clip");
    table_.add("lr", &lr_, Range::positive(), "step length");
    table_.begin_group("Run");
    table_.add("batch", &batch_, Range::at_least(1), "pictures a step");
    table_.add("out", &out_, "folder");
    table_.add("oracle", &oracle_, {"delta", "reference"}, "how losses are computed");
    table_.add("resume", &resume_, "go on");
  }
  /// The message of a refused value; "" when it was accepted.
  std::string refusal(const std::string& name, const std::string& text) {
    try {
      table_.set(name, text, "--" + name);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return error.what();
    }
    return "";
  }

  double kappa_ = 0.5, lr_ = 0.1;
  std::int64_t batch_ = 64;
  std::string out_ = "runs/a", oracle_ = "delta";
  bool resume_ = false;
  OptionTable table_;
};

TEST_F(Options, WritesTheTypedValueIntoTheField) {
  table_.set("kappa", "2.5e-1", "--kappa");
  table_.set("batch", "12e3", "--batch");
  table_.set("out", "runs/b c", "--out");
  table_.set("oracle", "reference", "--oracle");
  table_.set("resume", "true", "--resume");
  EXPECT_EQ(kappa_, 0.25);
  EXPECT_EQ(batch_, 12000);
  EXPECT_EQ(out_, "runs/b c");
  EXPECT_EQ(oracle_, "reference");
  EXPECT_TRUE(resume_);
}

TEST_F(Options, KeepsTheFirstValueOfTheFieldAsDefault) {
  table_.set("kappa", "0.25", "--kappa");
  const auto* option = table_.find("kappa");
  ASSERT_NE(option, nullptr);
  EXPECT_EQ(option->default_text, "0.5");
  EXPECT_EQ(option->text(), "0.25");
  EXPECT_EQ(table_.find("batch")->default_text, "64");
  EXPECT_EQ(table_.find("oracle")->default_text, "delta");
  EXPECT_EQ(table_.find("resume")->default_text, "false");
}

TEST_F(Options, TextOfARealReadsBackAsTheSameBits) {
  for (const double value : {0.1, 1.0 / 3.0, 1e-300, 123456789.123456789, 5e-324}) {
    lr_ = value;
    const std::string text = table_.find("lr")->text();
    lr_ = 0.0;
    table_.set("lr", text, "--lr");
    EXPECT_EQ(lr_, value) << text;
  }
}

TEST_F(Options, RemembersWhoGaveAValue) {
  EXPECT_FALSE(table_.given("lr"));
  EXPECT_FALSE(table_.given("no-such-option"));
  table_.set("lr", "1", "run.toml: lr");
  EXPECT_TRUE(table_.given("lr"));
  EXPECT_EQ(table_.find("lr")->origin, "run.toml: lr");
}

TEST_F(Options, GroupsOptionsUnderTheHeadingInForce) {
  EXPECT_EQ(table_.find("lr")->group, "Method");
  EXPECT_EQ(table_.find("batch")->group, "Run");
  EXPECT_EQ(table_.options().front().name, "kappa");
}

TEST_F(Options, RefusesValuesOutOfRangeWithTheRange) {
  EXPECT_EQ(refusal("kappa", "1"), "--kappa: '1' must be in [0, 1)");
  EXPECT_EQ(refusal("kappa", "-0.01"), "--kappa: '-0.01' must be in [0, 1)");
  EXPECT_EQ(refusal("lr", "0"), "--lr: '0' must be greater than 0");
  EXPECT_EQ(refusal("batch", "0"), "--batch: '0' must be at least 1");
  EXPECT_EQ(refusal("oracle", "fast"), "--oracle: 'fast' must be one of delta, reference");
  EXPECT_EQ(refusal("resume", "yes"), "--resume: 'yes' must be true or false");
}

TEST_F(Options, RefusesWhatIsNotAWholeText) {
  for (const char* text : {"", "x", "1x", "1 ", " 1", "1,5", "--lr"}) {
    EXPECT_THAT(refusal("lr", text), HasSubstr("must be a number")) << "'" << text << "'";
    EXPECT_THAT(refusal("batch", text), HasSubstr("must be a whole number")) << text;
  }
  for (const char* text : {"1.5", "1e-3"}) {
    EXPECT_THAT(refusal("batch", text), HasSubstr("must be a whole number")) << text;
  }
  for (const char* text : {"1e30", "-99999999999999999999"}) {
    EXPECT_THAT(refusal("batch", text), HasSubstr("must lie within ±9e+15")) << text;
  }
}

TEST_F(Options, RefusesTextThatIsNotUtf8) {
  for (const char* text :
       {"bad\xff", "\xc0\xaf", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"}) {
    EXPECT_THAT(refusal("out", text), HasSubstr("must be text in UTF-8")) << text;
  }
  for (const char* text : {"plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", ""}) {
    EXPECT_EQ(refusal("out", text), "") << text;
  }
}

TEST_F(Options, NeverTakesANumberThatIsNotOne) {
  EXPECT_NE(refusal("kappa", "nan"), "");
  EXPECT_NE(refusal("lr", "nan"), "");
  EXPECT_NE(refusal("lr", "inf"), "");
  EXPECT_NE(refusal("batch", "nan"), "");
  EXPECT_NE(refusal("batch", "inf"), "");
}

TEST_F(Options, LeavesFieldAndOriginAloneWhenItRefuses) {
  EXPECT_NE(refusal("kappa", "7"), "");
  EXPECT_NE(refusal("batch", "0"), "");
  EXPECT_NE(refusal("oracle", "fast"), "");
  EXPECT_EQ(kappa_, 0.5);
  EXPECT_EQ(batch_, 64);
  EXPECT_EQ(oracle_, "delta");
  EXPECT_FALSE(table_.given("kappa"));
}

TEST_F(Options, NamesTheNearestKnownOption) {
  EXPECT_THAT(refusal("kapa", "1"), HasSubstr("did you mean kappa?"));
  EXPECT_THAT(refusal("qqqqqqqq", "1"), HasSubstr("unknown option"));
  EXPECT_EQ(refusal("qqqqqqqq", "1").find("did you mean"), std::string::npos);
}

TEST_F(Options, RefusesASecondOptionOfTheSameName) {
  double other = 0.0;
  EXPECT_THROW(table_.add("lr", &other, Range::any(), "again"), Error);
}

enum class Rule { Plain, Adam };

TEST_F(Options, ReadsAnEnumByItsNames) {
  const Names<Rule> names = {{Rule::Plain, "plain"}, {Rule::Adam, "adam"}};
  Rule rule = Rule::Adam;
  table_.add("rule", &rule, names, "what");
  EXPECT_EQ(table_.find("rule")->default_text, "adam");
  table_.set("rule", "plain", "--rule");
  EXPECT_EQ(rule, Rule::Plain);
  EXPECT_EQ(table_.find("rule")->text(), "plain");
  EXPECT_THAT(refusal("rule", "adagrad"), HasSubstr("must be one of plain, adam"));
}

TEST_F(Options, PutsDefaultsForNetworksInForceOnRequest) {
  double step = 1.0, other = 2.0;
  table_.add("step", &step, Range::positive(), "length").on_networks("0.25");
  table_.add("other", &other, Range::positive(), "length");
  EXPECT_EQ(table_.find("step")->default_text, "1");
  table_.use_network_defaults();
  EXPECT_EQ(step, 0.25);
  EXPECT_EQ(table_.find("step")->default_text, "0.25");
  EXPECT_EQ(other, 2.0);
  EXPECT_FALSE(table_.given("step"));
}

TEST_F(Options, TakesDefaultsForNetworksFromAnotherTableWhereTheyDiffer) {
  double step = 1.0, other = 2.0, third = 3.0, network_step = 0.25, network_other = 2.0;
  table_.add("step", &step, Range::positive(), "length");
  table_.add("other", &other, Range::positive(), "length");
  table_.add("third", &third, Range::positive(), "only here");
  OptionTable networks;
  networks.add("step", &network_step, Range::positive(), "length");
  networks.add("other", &network_other, Range::positive(), "length");
  table_.set_network_defaults(networks);
  EXPECT_EQ(table_.find("step")->network_text, "0.25");
  EXPECT_EQ(table_.find("other")->network_text, "");
  EXPECT_EQ(table_.find("third")->network_text, "");
}

TEST_F(Options, OfOneCallMayChangeOnResume) {
  bool dry = false, quiet = false;
  const auto call = table_.add("dry", &dry, "x").for_this_call_only();
  EXPECT_TRUE(call.one_call && call.free_on_resume);
  const auto free = table_.add("quiet", &quiet, "x").may_change_on_resume();
  EXPECT_TRUE(free.free_on_resume && !free.one_call);
}

TEST(Range, ContainsItsClosedEndsAndNotItsOpenOnes) {
  const Range range{0.0, 1.0, true, false};
  EXPECT_FALSE(range.contains(0.0));
  EXPECT_TRUE(range.contains(1.0));
  EXPECT_TRUE(range.contains(1e-300));
  EXPECT_FALSE(range.contains(std::nextafter(1.0, 2.0)));
  EXPECT_TRUE(Range::between(-1.0, 2.0).contains(-1.0));
  EXPECT_FALSE(Range::positive().contains(0.0));
  EXPECT_FALSE(Range::any().contains(std::numeric_limits<double>::quiet_NaN()));
}

TEST(Range, DescribesItselfInWords) {
  EXPECT_EQ((Range{0.0, 1.0, true, false}.text()), "in (0, 1]");
  EXPECT_EQ(Range::at_least(2).text(), "at least 2");
  EXPECT_EQ(Range::positive().text(), "greater than 0");
  EXPECT_EQ((Range{.high = 3.5}.text()), "at most 3.5");
  EXPECT_EQ(Range::any().text(), "a number");
}

TEST(Nearest, PrefersTheFewestEdits) {
  EXPECT_EQ(nearest("resnet2", {"resnet8", "resnet20", "mlp"}), "resnet8");
  EXPECT_EQ(nearest("resnet200", {"resnet8", "resnet20", "mlp"}), "resnet20");
  EXPECT_EQ(nearest("batch-size", {"seed", "data"}), "");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace zo
