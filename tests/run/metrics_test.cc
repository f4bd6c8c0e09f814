#include "src/run/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "src/base/atomic_file.h"
#include "src/base/error.h"

namespace zo {
namespace {

using nlohmann::json;

class MetricsTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  std::string path_ = testing::TempDir() + "metrics_test_" +
                      testing::UnitTest::GetInstance()->current_test_info()->name() + ".jsonl";
};

TEST_F(MetricsTest, ADoubleIsReadBackBitForBit) {
  const double values[] = {1.0 / 3.0, 2.3025850929940457, 5e-324, -0.0, 1e300};
  MetricsLog log(path_, 0);
  for (const double value : values) log.write({{"loss", value}});
  std::istringstream lines(read_file(path_));
  std::string line;
  for (const double value : values) {
    ASSERT_TRUE(std::getline(lines, line));
    const double read = json::parse(line).at("loss").get<double>();
    EXPECT_EQ(read, value);
    EXPECT_EQ(std::signbit(read), std::signbit(value));
  }
}

TEST_F(MetricsTest, WhatJsonLacksBecomesNull) {
  MetricsLog log(path_, 0);
  log.write({{"a", std::numeric_limits<double>::quiet_NaN()},
             {"b", std::numeric_limits<double>::infinity()}});
  EXPECT_EQ(read_file(path_), "{\"a\":null,\"b\":null}\n");
}

TEST_F(MetricsTest, OnResumeTheFileIsCutBackToTheStoredLength) {
  std::int64_t stored = 0;
  {
    MetricsLog log(path_, 0);
    log.write({{"step", 1}});
    stored = log.synced_bytes();
    log.write({{"step", 2}});
    log.write({{"step", 3}});
  }
  // A cut elsewhere belongs to another step.
  EXPECT_THROW(MetricsLog(path_, stored, 2), Error);
  MetricsLog log(path_, stored, 1);
  log.write({{"step", "again"}});
  EXPECT_EQ(read_file(path_), "{\"step\":1}\n{\"step\":\"again\"}\n");
  EXPECT_EQ(log.synced_bytes(), static_cast<std::int64_t>(read_file(path_).size()));
}

TEST_F(MetricsTest, AFileShorterThanTheCheckpointSaysIsRefused) {
  MetricsLog(path_, 0).write({{"step", 1}});
  EXPECT_THROW(MetricsLog(path_, 1000), Error);
}

TEST_F(MetricsTest, AnEmptyStartOrStepsOutOfOrderAreRefused) {
  std::int64_t stored = 0;
  {
    MetricsLog log(path_, 0);
    for (const int step : {2, 1, 3}) log.write({{"step", step}});
    stored = log.synced_bytes();
  }
  const std::string text = read_file(path_);
  EXPECT_THROW(MetricsLog(path_, stored, 3), Error);
  EXPECT_THROW(MetricsLog(path_, 0, 3), Error);
  EXPECT_EQ(read_file(path_), text);
}

TEST_F(MetricsTest, ALastLineOfAnotherTypeOrTooDeepIsRefused) {
  for (const std::string& line :
       {std::string(R"({"step":"1"})"),
        std::string(R"({"step":1e300})"),
        std::string(R"({"step":true})"),
        std::string("{}"),
        "{\"step\":1,\"x\":" + std::string(9, '[') + std::string(9, ']') + "}"}) {
    write_file_atomically(path_, line + "\n");
    EXPECT_THROW(MetricsLog(path_, static_cast<std::int64_t>(line.size()) + 1, 1), Error) << line;
  }
  write_file_atomically(path_, "{\"step\":1.0}\n");
  EXPECT_NO_THROW(MetricsLog(path_, 13, 1));
}

TEST_F(MetricsTest, AnUnwritablePlaceFailsTheRun) {
  EXPECT_THROW(MetricsLog("/nowhere/metrics.jsonl", 0), Error);
}

}  // namespace
}  // namespace zo
