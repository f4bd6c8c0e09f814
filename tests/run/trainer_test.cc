#include "src/run/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <sstream>

#include "models/registry.h"
#include "src/base/atomic_file.h"
#include "src/base/error.h"
#include "tests/run/small_data.h"

namespace zo {
namespace {

using nlohmann::json;

/// Asks for 1 + k % 3 probes in step k and does what the test says.
class ScriptedMethod final : public Method {
 public:
  std::function<void(std::int64_t k, LossOracle&, StepReport&)> act;

  StepReport step(LossOracle& oracle, std::int64_t k) override {
    StepReport report;
    report.loss = oracle.base();
    report.lr = 0.5;
    const std::vector<Probe> probes(static_cast<std::size_t>(1 + k % 3), coordinate_probe(k, 1e-3));
    oracle.evaluate(probes);
    if (act) act(k, oracle, report);
    return report;
  }
  State state() const override { return {}; }
  void load_state(const State&) override {}
  std::int64_t steps_per_batch() const override { return 2; }
  std::int64_t queries_of_step(std::int64_t k) const override { return 2 + k % 3; }
};

class TrainerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_.path);
    create_run_folder(folder_);
    clear_run_folder(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_.path); }

  int run(std::vector<std::string> words) {
    for (const char* fixed : {"--batch", "8", "--model", "mlp"}) words.emplace_back(fixed);
    TrainCommand command(words);
    session_.data = {noise_pictures(20, "train"), noise_pictures(30, "test")};
    session_.network = make_network("mlp", {3, 32, 32}, 10);
    session_.batches = std::make_unique<BatchSource>(session_.data.train, 8, 1, Augment::None);
    const BatchSource* source = session_.batches.get();
    session_.oracle =
        make_reference_oracle(session_.network,
                              initial_weights(session_.network, 1),
                              [source](std::int64_t number) { return source->batch(number); },
                              {});
    auto method = std::make_unique<ScriptedMethod>();
    method->act = act_;
    session_.method = std::move(method);
    // Hours pass between two looks at the clock, so every status is due.
    Progress progress(
        screen_.get(), [] { return 0; }, false, [this] { return now_ += 3600.0; });
    return Trainer(command, session_, RunCosts{}, folder_, progress).run();
  }

  std::vector<json> events(const std::string& kind) const {
    std::vector<json> found;
    std::istringstream lines(read_file(folder_.metrics()));
    for (std::string line; std::getline(lines, line);) {
      const json event = json::parse(line);
      if (event.at("event") == kind) found.push_back(event);
    }
    return found;
  }
  std::string shown() const {
    std::string text(1 << 16, '\0');
    std::rewind(screen_.get());
    text.resize(std::fread(text.data(), 1, text.size(), screen_.get()));
    return text;
  }
  json summary() const { return json::parse(read_file(folder_.summary())); }

  RunFolder folder_{testing::TempDir() + "trainer_test_" +
                    testing::UnitTest::GetInstance()->current_test_info()->name()};
  std::function<void(std::int64_t, LossOracle&, StepReport&)> act_;
  Session session_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> screen_{std::tmpfile(), std::fclose};
  double now_ = 0.0;
};

// Steps cost 2, 3, 4, 2, 3, 4, ... queries: after 2 + 3 + 4 + 2 = 11 the next 3 would make 14.
TEST_F(TrainerTest, MaxQueriesIsNeverExceeded) {
  EXPECT_EQ(run({"--max-queries", "13"}), 0);
  EXPECT_EQ(summary()["stop_reason"], "max-queries");
  EXPECT_EQ(summary()["queries"], 11);
  EXPECT_EQ(summary()["steps"], 4);
  EXPECT_EQ(events("step").back()["queries"], 11);
}

TEST_F(TrainerTest, ABudgetThatIsMetExactlyIsSpentWhole) {
  EXPECT_EQ(run({"--max-queries", "14"}), 0);
  EXPECT_EQ(summary()["queries"], 14);
}

TEST_F(TrainerTest, TellsHowFarALongStepOrEvaluationIs) {
  EXPECT_EQ(run({"--max-steps", "3"}), 0);
  EXPECT_THAT(shown(), testing::HasSubstr("(30 of 30 test pictures)  0 queries\n"));
  EXPECT_THAT(shown(),
              testing::ContainsRegex("step 2  loss [0-9.]+ .* \\(1 of 3 losses\\)  test "));
}

// 20 pictures in batches of 8, 8, 4; two steps share a batch.
TEST_F(TrainerTest, EpochsAndSamplesCountBatchesNotSteps) {
  EXPECT_EQ(run({"--max-epochs", "2"}), 0);
  EXPECT_EQ(summary()["stop_reason"], "max-epochs");
  std::vector<int> seen;
  for (const auto& step : events("step")) seen.push_back(step["samples_seen"]);
  EXPECT_EQ(seen, (std::vector<int>{8, 8, 16, 16, 20, 20, 28, 28, 36, 36, 40, 40}));
}

TEST_F(TrainerTest, TheTargetLossEndsTheRun) {
  act_ = [](std::int64_t k, LossOracle&, StepReport& report) { report.loss = 5.0 - k; };
  EXPECT_EQ(run({"--target-loss", "2"}), 0);
  EXPECT_EQ(summary()["stop_reason"], "target-loss");
  EXPECT_EQ(summary()["steps"], 4);
}

TEST_F(TrainerTest, MaxTimeEndsTheRun) {
  EXPECT_EQ(run({"--max-time", "0.001"}), 0);
  EXPECT_EQ(summary()["stop_reason"], "max-time");
}

TEST_F(TrainerTest, EvaluationsComeAtTheirMarksAndCountAsReportOnly) {
  EXPECT_EQ(run({"--max-steps", "6", "--eval-every", "5"}), 0);
  std::vector<int> at;
  for (const auto& event : events("eval")) at.push_back(event["queries"]);
  // One where the curve begins. After each step 2, 5, 9, 11, 14, 18 queries: the marks 5, 10 and 15 are
  // passed in steps 2, 4, 6.
  EXPECT_EQ(at, (std::vector<int>{0, 5, 11, 18}));
  EXPECT_EQ(summary()["queries"], 18);
  EXPECT_EQ(summary()["queries_report"], 4);
  EXPECT_EQ(summary()["test_accuracy"], events("eval").back()["accuracy"]);
}

TEST_F(TrainerTest, CheckpointsComeAtTheirMarksAndAtTheEnd) {
  EXPECT_EQ(run({"--max-steps", "5", "--checkpoint-every", "9", "--keep-checkpoints", "9"}), 0);
  const auto found = list_checkpoints(folder_.checkpoints());
  ASSERT_EQ(found.size(), 2U);  // 9 queries in step 3; step 5 is the last
  EXPECT_NE(found[0].find("step-5"), std::string::npos);
  EXPECT_NE(found[1].find("step-3"), std::string::npos);
}

TEST_F(TrainerTest, MethodFiguresReachTheLog) {
  act_ = [](std::int64_t, LossOracle&, StepReport& report) {
    report.dropped = 3;
    report.extra.emplace_back("frac_clipped", 0.25);
  };
  run({"--max-steps", "1"});
  const auto step = events("step").front();
  EXPECT_EQ(step["step"], 1);
  EXPECT_EQ(step["lr"], 0.5);
  EXPECT_EQ(step["dropped"], 3);
  EXPECT_EQ(step["frac_clipped"], 0.25);
  EXPECT_EQ(step["forward_equivalents"], 2.0);
}

TEST_F(TrainerTest, ALossThatIsNotFiniteIsLoggedAsNullAndARejectedStepGoesOn) {
  act_ = [](std::int64_t k, LossOracle&, StepReport& report) {
    if (k != 1) return;
    report.loss = std::numeric_limits<double>::quiet_NaN();
    report.rejected = true;
  };
  EXPECT_EQ(run({"--max-steps", "3"}), 0);
  const auto steps = events("step");
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_TRUE(steps[1]["loss"].is_null());
  EXPECT_EQ(steps[1]["rejected"], true);
  EXPECT_EQ(steps[2]["rejected"], false);
  EXPECT_TRUE(summary()["final_train_loss"].is_number());
}

TEST_F(TrainerTest, TwentyRejectedStepsInARowFailTheRunWithOneLine) {
  act_ = [](std::int64_t k, LossOracle&, StepReport& report) { report.rejected = k >= 5; };
  try {
    run({"--max-steps", "100", "--checkpoint-every", "4"});
    FAIL() << "the run ended normally";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 1);
    EXPECT_NE(std::string(error.what()).find("20 steps in a row"), std::string::npos);
  }
  EXPECT_EQ(events("step").size(), 25U);
  EXPECT_EQ(summary()["stop_reason"], "rejected");
}

TEST_F(TrainerTest, ARunThatDivergesIsNamedAndTheCheckpointToldIsFromBefore) {
  using Act = std::function<void(std::int64_t, LossOracle&, StepReport&)>;
  const std::vector<std::tuple<std::string, Act, std::size_t>> cases = {
      {"the loss was 2e+04, above 10000, for 20 steps in a row",
       [](std::int64_t k, LossOracle&, StepReport& report) {
         if (k >= 5) report.loss = 2e4;
       },
       25},
      {"1 of the 2 losses of a step were not finite, for 20 steps in a row",
       [](std::int64_t k, LossOracle&, StepReport& report) {
         if (k >= 5) report.dropped = 1 + k % 3;  // every probe; the base loss is finite
       },
       25},
      {"a weight is 1e+30, beyond 1e+06",
       [](std::int64_t k, LossOracle& oracle, StepReport&) {
         if (k == 5) oracle.move({.edits = {{7, 1e30}}, .dense = {}, .directions = {}});
       },
       6}};
  for (const auto& [why, act, steps] : cases) {
    clear_run_folder(folder_);
    session_.loop = {};
    act_ = act;
    try {
      run({"--max-steps", "100", "--checkpoint-every", "4"});
      ADD_FAILURE() << why;
    } catch (const Error& error) {
      const std::string said = error.what();
      EXPECT_EQ(error.exit_code(), 1);
      EXPECT_NE(said.find(fmt::format("diverged by step {}: ", steps)), std::string::npos) << said;
      EXPECT_NE(said.find(why), std::string::npos) << said;
      EXPECT_NE(said.find("/step-5/weights.safetensors"), std::string::npos) << said;
    }
    EXPECT_EQ(summary()["stop_reason"], "diverged");
    EXPECT_EQ(events("step").size(), steps);
    EXPECT_NE(newest_checkpoint(folder_.checkpoints())->find("step-5"), std::string::npos);
  }
}

TEST_F(TrainerTest, ARunThatEndsInADivergenceDoesNotEndWell) {
  act_ = [](std::int64_t k, LossOracle&, StepReport& report) {
    if (k >= 7) report.loss = std::numeric_limits<double>::infinity();
  };
  EXPECT_THROW(run({"--max-steps", "10"}), Error);
  EXPECT_EQ(summary()["stop_reason"], "diverged");
  clear_run_folder(folder_);
  session_.loop = {};
  EXPECT_EQ(run({"--max-steps", "9"}), 0);  // two bad steps are none yet
}

TEST_F(TrainerTest, ARemovedFolderEndsTheRunAndDoesNotComeBack) {
  const std::string folder = folder_.path;
  act_ = [folder](std::int64_t k, LossOracle&, StepReport&) {
    if (k == 2) std::filesystem::remove_all(folder);
  };
  try {
    run({"--max-steps", "100", "--checkpoint-every", "4"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("was removed, moved or replaced"), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(TrainerTest, AnErrorInAStepLeavesTheLastCheckpoint) {
  act_ = [](std::int64_t k, LossOracle&, StepReport&) {
    if (k == 4) fail_run("the device is gone");
  };
  EXPECT_THROW(run({"--max-steps", "100", "--checkpoint-every", "9"}), Error);
  ASSERT_TRUE(newest_checkpoint(folder_.checkpoints()).has_value());
  EXPECT_NE(newest_checkpoint(folder_.checkpoints())->find("step-3"), std::string::npos);
}

TEST_F(TrainerTest, ASignalEndsTheStepSavesAndSetsTheExitCode) {
  act_ = [](std::int64_t k, LossOracle&, StepReport&) {
    if (k == 2) std::raise(SIGTERM);
  };
  EXPECT_EQ(run({"--max-steps", "100"}), 143);
  EXPECT_EQ(summary()["stop_reason"], "SIGTERM");
  EXPECT_EQ(events("step").size(), 3U);
  EXPECT_NE(newest_checkpoint(folder_.checkpoints())->find("step-3"), std::string::npos);
}

}  // namespace
}  // namespace zo
