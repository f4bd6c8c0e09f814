#include "src/run/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "src/base/atomic_file.h"
#include "src/base/error.h"

namespace zo {
namespace {

using testing::HasSubstr;

class ConfigFileTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  std::string refusal(const std::string& text) const {
    write_file_atomically(path_, text);
    try {
      read_config(path_);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return error.what();
    }
    return "";
  }
  std::string path_ = testing::TempDir() + "config_file_test.toml";
};

std::string repeated(const std::string& text, std::size_t bytes) {
  std::string all;
  while (all.size() + text.size() <= bytes) all += text;
  return all;
}

TEST_F(ConfigFileTest, SettingsComeInTheOrderOfTheFile) {
  write_file_atomically(path_, "z = 1\na = 'text'\nm = 0.5\n[versions]\nzotrain = '0.1.0'\n");
  const auto settings = read_config(path_);
  ASSERT_EQ(settings.size(), 3u);
  EXPECT_EQ(settings[0].name, "z");
  EXPECT_EQ(settings[1].text, "text");
  EXPECT_EQ(settings[2].text, "0.5");
}

TEST_F(ConfigFileTest, AKeyOfManyPartsCannotExhaustTheStack) {
  // Each part is a table in the one before.
  EXPECT_THAT(refusal(repeated("a.", 400000) + "a = 1\n"), HasSubstr("at most 65536"));
  EXPECT_THAT(refusal("[" + repeated("a.", 400000) + "a]\n"), HasSubstr("at most 65536"));
  EXPECT_EQ(refusal("# " + repeated("-", 65527) + "\na = 1\n"), "");
  EXPECT_THAT(refusal("# " + repeated("-", 65528) + "\na = 1\n"), HasSubstr("has 65537 bytes"));
  EXPECT_THAT(refusal(repeated("a.", 8000) + "a = 1\n"), HasSubstr("a: must be a text"));
  EXPECT_THAT(refusal(repeated("a.", 8002) + "a = 1\n"), HasSubstr("has 4001 dots"));
}

TEST_F(ConfigFileTest, WhatTheParserAssertsIsRefusedInEveryBuild) {
  EXPECT_THAT(refusal("a = [1,}\n"), HasSubstr("is no TOML"));
  EXPECT_THAT(refusal("a = [1,]\n"), HasSubstr("a: must be a text"));
}

TEST_F(ConfigFileTest, LettersBeyondAsciiStandInQuotesAndComments) {
  write_file_atomically(
      path_, "\xef\xbb\xbf# Größe\na = \"é \\\" é\" # é\nb = 'é'\nc = \"\"\"\né\"\"\"\"\"\n");
  const auto settings = read_config(path_);
  ASSERT_EQ(settings.size(), 3u);
  EXPECT_EQ(settings[0].text, "é \" é");
  EXPECT_EQ(settings[1].text, "é");
  EXPECT_EQ(settings[2].text, "é\"\"");
  for (const std::string text : {"a = 1\né = 1\n",
                                 "a = 1\nb = é\n",
                                 "a = 'x'\nb = 1 é\n",
                                 "a = '''\n'''é\n",
                                 "#\na = \"\\é\"\n",
                                 "# '\né = 1\n",
                                 "a = \"\"\"x\"\"\"\"\"\nb = é\n",
                                 "a = ''\nb = '' é\n",
                                 "a = 1\nb = 1979-05-27T07':é'\n",
                                 "a = 1\nb = 1 'é'\n"}) {
    EXPECT_THAT(refusal(text), HasSubstr("letters beyond ASCII stand in quotes or comments"))
        << text;
    EXPECT_THAT(refusal(text), HasSubstr("line 2: ")) << text;
  }
}

TEST_F(ConfigFileTest, APercentIsItself) {
  write_file_atomically(path_, "a = '100 %'\nb = \"%41 \\u00e9 %zz\"\n");
  const auto settings = read_config(path_);
  ASSERT_EQ(settings.size(), 2u);
  EXPECT_EQ(settings[0].text, "100 %");
  EXPECT_EQ(settings[1].text, "%41 é %zz");
  EXPECT_THAT(refusal("a = 1\nb = \"\\u002541\"\n"), HasSubstr("line 2: write % itself"));
  EXPECT_THAT(refusal("b = '%'\n100% = 1\n"), HasSubstr("line 2: "));
}

// Unicode 15, table 3-7: the first and the last character of every row, and what lies beside them.
TEST_F(ConfigFileTest, WhatIsNotUtf8IsRefused) {
  for (const std::string bytes : {"\xc2\x80",
                                  "\xdf\xbf",
                                  "\xe0\xa0\x80",
                                  "\xec\xbf\xbf",
                                  "\xed\x9f\xbf",
                                  "\xee\x80\x80",
                                  "\xef\xbf\xbf",
                                  "\xf0\x90\x80\x80",
                                  "\xf3\xbf\xbf\xbf",
                                  "\xf4\x8f\xbf\xbf"}) {
    write_file_atomically(path_, "a = '" + bytes + "'\n");
    EXPECT_EQ(read_config(path_).at(0).text, bytes);
  }
  for (const std::string bytes : {"\x80",
                                  "\xbf",
                                  "\xc0\x80",
                                  "\xc1\xbf",
                                  "\xc3",
                                  "\xc3(",
                                  "\xe0\x9f\xbf",
                                  "\xe1\x80",
                                  "\xed\xa0\x80",
                                  "\xf0\x8f\xbf\xbf",
                                  "\xf1\x80\x80",
                                  "\xf4\x90\x80\x80",
                                  "\xf5\x80\x80\x80",
                                  "\xff"}) {
    EXPECT_THAT(refusal("b = 1\na = '" + bytes + "'\n"), HasSubstr("line 2: is not UTF-8"))
        << bytes;
  }
}

TEST_F(ConfigFileTest, TheLargestFileIsReadAndOneByteMoreIsNot) {
  const std::string setting = "lr = 1\n#";
  EXPECT_EQ(refusal(setting + std::string(65536 - setting.size(), 'x')), "");
  EXPECT_THAT(refusal(setting + std::string(65537 - setting.size(), 'x')),
              HasSubstr("has 65537 bytes, but settings take at most 65536"));
}

}  // namespace
}  // namespace zo
