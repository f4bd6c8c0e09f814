#include "src/run/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/delta/cpu/kernels/delta_kernels.h"
#include "src/run/config_file.h"
#include "src/run/oracle_choice.h"

namespace zo {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string refusal(const std::vector<std::string>& words) {
  try {
    const TrainCommand command(words);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "accepted";
}

class ConfigFile {
 public:
  explicit ConfigFile(const std::string& text)
      : path_(testing::TempDir() + "options_test_" +
              testing::UnitTest::GetInstance()->current_test_info()->name() + ".toml") {
    std::ofstream(path_) << text;
  }
  ~ConfigFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(TrainOptions, AnUnknownFlagNamesTheNearestOne) {
  EXPECT_EQ(refusal({"--max-querys", "5"}),
            "--max-querys: unknown option; did you mean --max-queries?");
}

TEST(TrainOptions, AValueOutOfRangeNamesFlagValueAndConstraint) {
  EXPECT_EQ(refusal({"--max-queries", "-1"}), "--max-queries: '-1' must be in [0, 1000000000000]");
  EXPECT_THAT(refusal({"--kappa", "-0.5"}), StartsWith("--kappa: '-0.5' must be at least 0"));
  EXPECT_THAT(refusal({"--model", "resnet9"}), HasSubstr("must be one of"));
}

TEST(TrainOptions, AnOptionOfAnotherMethodSaysWhoseItIs) {
  EXPECT_THAT(refusal({"--method", "zo-sah", "--density=0.1"}),
              StartsWith("--density: an option of --method deepzero"));
  EXPECT_EQ(refusal({"--method", "deepzero", "--density=0.1"}), "accepted");
}

TEST(TrainOptions, AnUnknownMethodIsRefusedWithTheListOfThem) {
  EXPECT_THAT(refusal({"--method", "zo-sha"}), HasSubstr("zo-sah"));
}

TEST(TrainOptions, DefaultsForNetworksAreOptionsOfTheirMethodAndFlagsWin) {
  const std::vector<std::array<std::string, 3>> expected = {
      {"zo-sah", "subspace", "128"},
      {"zo-sah", "momentum", "0.9"},
      {"zo-sah-plus", "sampling", "layer"},
      {"zo-sah-fast", "sampling", "gain"},
      {"cge-adam", "sampling", "layer"},
      {"cge-adam", "lr-schedule", "auto"},
      {"rspg", "lr", "0.003"},
      {"mezo", "lr", "0.003"},
      {"hizoo", "lr", "0.003"},
      {"zovh", "lr", "0.0003"},
  };
  for (const auto& [method, option, text] : expected) {
    const TrainCommand command({"--method", method});
    EXPECT_EQ(command.table.find(option)->text(), text) << method << " --" << option;
  }
  const TrainCommand command({"--method", "zovh", "--lr", "0.5"});
  EXPECT_EQ(command.table.find("lr")->text(), "0.5");
  EXPECT_EQ(command.table.find("baseline")->text(), "step-mean");
}

TEST(TrainOptions, AConfigFileSetsOptionsAndFlagsWin) {
  const ConfigFile file(
      "method = \"deepzero\"\nbatch = 32\nlr = 0.25\ndensity = 0.5\naugment = \"none\"\n");
  const TrainCommand command({"--config", file.path(), "--batch", "16"});
  EXPECT_EQ(command.method.name, "deepzero");
  EXPECT_EQ(command.options.batch, 16);
  EXPECT_EQ(command.options.augment, "none");
  EXPECT_EQ(command.table.find("lr")->text(), "0.25");
  EXPECT_EQ(command.table.find("density")->text(), "0.5");
}

TEST(TrainOptions, AnUnknownConfigKeyNamesFileKeyAndTheNearestOne) {
  const ConfigFile file("batc = 32\n");
  EXPECT_EQ(refusal({"--config", file.path()}),
            file.path() + ": batc: unknown option; did you mean batch?");
}

TEST(TrainOptions, ABadConfigValueNamesFileAndKey) {
  const ConfigFile file("batch = \"many\"\n");
  EXPECT_EQ(refusal({"--config", file.path()}),
            file.path() + ": batch: 'many' must be a whole number");
}

TEST(TrainOptions, ABrokenConfigFileNamesTheLine) {
  const ConfigFile file("batch = 8\nlr = = 3\n");
  EXPECT_THAT(refusal({"--config", file.path()}), StartsWith(file.path() + ": line 2: "));
  EXPECT_EQ(refusal({"--config", "/nowhere.toml"}), "--config: /nowhere.toml is not a file");
}

TEST(TrainOptions, AConfigKeyOfAnotherMethodSaysWhoseItIs) {
  const ConfigFile file("density = 0.5\n");
  EXPECT_THAT(refusal({"--config", file.path()}),
              StartsWith(file.path() + ": density: an option of --method deepzero"));
}

TEST(TrainOptions, TheConfigOfARunRepeatsEveryOption) {
  const TrainCommand first({"--method",
                            "deepzero",
                            "--lr",
                            "0.1234567890123456789",
                            "--batch",
                            "12",
                            "--data-dir",
                            "a \"b\" \\c",
                            "--max-steps",
                            "3"});
  const ConfigFile file(config_text(first.table, {{"zotrain", "1.2.3"}}));
  const TrainCommand second({"--config", file.path()});
  for (const auto& option : first.table.options()) {
    if (option.name == "config") continue;
    EXPECT_EQ(option.text(), second.table.find(option.name)->text()) << option.name;
  }
}

TEST(TrainOptions, ARunWithoutAnyLimitGetsOneThatEndsIt) {
  const TrainCommand plain({});
  EXPECT_GT(plain.options.max_steps, 0);
  EXPECT_EQ(plain.options.max_time, 0);
  const TrainCommand other({"--method", "mezo"});
  EXPECT_EQ(other.options.max_steps, 0);
  EXPECT_GT(other.options.max_time, 0);
  const TrainCommand limited({"--max-steps", "3"});
  EXPECT_EQ(limited.options.max_queries, 0);
  EXPECT_EQ(limited.options.max_time, 0);
}

TEST(TrainOptions, AMethodThatAsksThousandsAStepIsEvaluatedAndStoredLessOften) {
  const TrainCommand fast({"--method", "zo-sah-fast", "--checkpoint-every", "7"});
  EXPECT_EQ(fast.options.eval_every, 2000000);
  EXPECT_EQ(fast.options.checkpoint_every, 7);
  const TrainCommand other({"--method", "cge-adam"});
  EXPECT_EQ(other.options.eval_every, 20000);
  EXPECT_EQ(other.options.checkpoint_every, 20000);
}

TEST(TrainOptions, ContradictionsAreRefused) {
  EXPECT_THAT(refusal({"--resume", "--overwrite", "--out", "x"}),
              StartsWith("--resume and --overwrite"));
  EXPECT_THAT(refusal({"--resume"}), StartsWith("--resume: needs --out"));
  EXPECT_THAT(refusal({"runs/x"}), HasSubstr("'runs/x' belongs to no option"));
}

TEST(TrainOptions, OnlyWhereAndHowLongMayChangeOnResume) {
  const TrainCommand command({});
  const auto free = [&](const char* name) { return command.table.find(name)->free_on_resume; };
  for (const char* name : {"max-queries",
                           "max-steps",
                           "max-epochs",
                           "max-time",
                           "target-loss",
                           "out",
                           "resume",
                           "overwrite",
                           "config",
                           "eval-every",
                           "quiet",
                           "dry-run",
                           "threads",
                           "oracle",
                           "checkpoint-every",
                           "keep-checkpoints",
                           "device",
                           "data-dir"}) {
    EXPECT_TRUE(free(name)) << name;
  }
  for (const char* fixed :
       {"lr", "batch", "seed", "model", "method", "dtype", "bn", "augment", "data"}) {
    EXPECT_FALSE(free(fixed)) << fixed;
  }
}

TEST(OracleChoice, FullDifferencesAreThoseOfTheDtypeSoFloat32IsNoNameForThem) {
  EXPECT_THAT(refusal({"--differences", "float32"}),
              StartsWith("--differences: 'float32' must be one of full, bf16"));
}

TEST(OracleChoice, SaysWhatIsCarriedAndMultipliedInWhichPrecision) {
  OracleChoice choice;
  EXPECT_EQ(choice.differences_text(Device{}), "differences in float32");
  choice.dtype = "float64";
  EXPECT_EQ(choice.differences_text(Device{0}), "differences in float64");
  choice.dtype = "float32";
  choice.differences = "bf16";
  EXPECT_EQ(choice.differences_text(Device{0}), "differences stored and multiplied in bf16");
  const auto& kernels = *delta_kernels<float, Bf16>();
  const std::string text = choice.differences_text(Device{});
  EXPECT_EQ(text.ends_with("(AMX)"), std::string(kernels.name) == "amx") << text;
  EXPECT_EQ(text.ends_with("behind strides in bf16"), std::string(kernels.name) == "avx512bf16");
  choice.name = "reference";
  EXPECT_EQ(choice.differences_text(Device{}), "whole forward passes");
}

}  // namespace
}  // namespace zo
