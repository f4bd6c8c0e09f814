#include "src/run/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "models/registry.h"
#include "models/safetensors.h"
#include "src/base/atomic_file.h"
#include "src/base/error.h"

namespace zo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class CheckpointTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("checkpoint-" +
               std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// A state whose every number would not survive float32 or six digits.
  Snapshot snapshot(std::int64_t steps) const {
    Snapshot s;
    s.loop.steps = steps;
    s.loop.wall_s = 1.0 / 3.0;
    s.loop.rejected_in_row = 2;
    s.loop.first = {2.3025850929940457};
    s.loop.last = {0.1, 1e-300};
    s.loop.evaluated_step = steps - 1;
    s.loop.test_loss = 2.0 / 3.0;
    s.loop.test_accuracy = 1.0 / 7.0;
    s.loop.best_test_accuracy = 1.0 / 6.0;
    s.ledger = {5, 1234567890123, 7, 1, 0.1, {}};
    for (std::size_t i = 0; i < network_.layout.segments.size(); ++i) {
      s.ledger.parameters.push_back({static_cast<std::int64_t>(i) + 3, 1.0 / (3.0 + i)});
    }
    s.weights = initial_weights(network_, 3);
    for (double& value : s.weights.theta) value += 1e-12;
    s.weights.batches_tracked = 41;
    s.method["velocity"] = std::vector<double>{0.1, -1e-30, 1.0 / 3.0};
    s.method["period"] = std::vector<std::int64_t>{-1, std::int64_t{1} << 60};
    s.method["empty"] = std::vector<double>{};
    s.options = {{"model", "cnn"}, {"lr", "0.1"}};
    s.evaluation_norms = s.weights.norms;
    for (double& value : s.evaluation_norms) value += 1.0 / 3.0;
    s.statistics_batches = 20;
    s.horizon_queries = 1234567890124;
    s.horizon_steps = 77;
    s.metrics_bytes = 4711;
    s.training_set = "0123456789abcdef";
    return s;
  }
  void save(std::int64_t steps, std::int64_t keep = 3) {
    save_checkpoint(folder_.string(), network_, snapshot(steps), Precision::Float64, keep);
  }
  fs::path file(std::int64_t steps, const char* name) const {
    return folder_ / ("step-" + std::to_string(steps)) / name;
  }
  void flip_bit(const fs::path& path) const {
    std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto middle = static_cast<std::streamoff>(fs::file_size(path) / 2);
    stream.seekg(middle);
    const char byte = static_cast<char>(stream.get() ^ 1);
    stream.seekp(middle);
    stream.put(byte);
  }
  std::string reason(std::int64_t steps) const {
    try {
      verify_checkpoint((folder_ / ("step-" + std::to_string(steps))).string());
    } catch (const Error& error) {
      return error.what();
    }
    return "sound";
  }

  fs::path folder_;
  Network network_ = make_network("cnn", {3, 32, 32}, 10);
};

TEST_F(CheckpointTest, Float64StateComesBackBitForBit) {
  save(42);
  const Snapshot stored = snapshot(42);
  const Snapshot s = load_checkpoint(*newest_checkpoint(folder_.string()), network_);
  EXPECT_EQ(s.loop.steps, 42);
  EXPECT_EQ(s.loop.wall_s, stored.loop.wall_s);
  EXPECT_EQ(s.loop.rejected_in_row, 2);
  EXPECT_EQ(s.loop.first, stored.loop.first);
  EXPECT_EQ(s.loop.last, stored.loop.last);
  EXPECT_EQ(s.loop.evaluated_step, 41);
  EXPECT_EQ(s.loop.test_loss, stored.loop.test_loss);
  EXPECT_EQ(s.loop.test_accuracy, stored.loop.test_accuracy);
  EXPECT_EQ(s.loop.best_test_accuracy, stored.loop.best_test_accuracy);
  EXPECT_EQ(s.ledger.base, 5);
  EXPECT_EQ(s.ledger.probe, 1234567890123);
  EXPECT_EQ(s.ledger.report, 7);
  EXPECT_EQ(s.ledger.non_finite, 1);
  EXPECT_EQ(s.ledger.forward_equivalents, 0.1);
  ASSERT_EQ(s.ledger.parameters.size(), network_.layout.segments.size());
  for (std::size_t i = 0; i < s.ledger.parameters.size(); ++i) {
    EXPECT_EQ(s.ledger.parameters[i].queries, stored.ledger.parameters[i].queries);
    EXPECT_EQ(s.ledger.parameters[i].forward_equivalents,
              stored.ledger.parameters[i].forward_equivalents);
  }
  EXPECT_EQ(s.weights.theta, stored.weights.theta);
  EXPECT_EQ(s.weights.norms, stored.weights.norms);
  EXPECT_EQ(s.weights.batches_tracked, 41);
  EXPECT_EQ(s.method, stored.method);
  EXPECT_EQ(s.options, stored.options);
  EXPECT_EQ(s.metrics_bytes, 4711);
  EXPECT_EQ(s.training_set, "0123456789abcdef");
  EXPECT_EQ(s.evaluation_norms, stored.evaluation_norms);
  EXPECT_EQ(s.statistics_batches, 20);
  EXPECT_EQ(s.horizon_queries, 1234567890124);
  EXPECT_EQ(s.horizon_steps, 77);
}

TEST_F(CheckpointTest, ManifestHoldsTheSha256OfEveryFile) {
  save(1);
  const std::string check = "cd '" + file(1, "").string() +
                            "' && test $(wc -l < MANIFEST) = 3 && sha256sum -c --quiet MANIFEST";
  EXPECT_EQ(std::system(check.c_str()), 0);
}

TEST_F(CheckpointTest, ATruncatedFileIsFoundAndTheOneBeforeIsUsed) {
  save(1);
  save(2);
  const auto weights = file(2, "weights.safetensors");
  fs::resize_file(weights, fs::file_size(weights) - 1);
  EXPECT_THAT(reason(2), HasSubstr("weights.safetensors: does not match its checksum"));
  testing::internal::CaptureStderr();
  EXPECT_THAT(*newest_checkpoint(folder_.string()), HasSubstr("step-1"));
  const std::string warning = testing::internal::GetCapturedStderr();
  EXPECT_THAT(warning, HasSubstr("step-2"));
  EXPECT_EQ(std::count(warning.begin(), warning.end(), '\n'), 1);
}

TEST_F(CheckpointTest, AFlippedBitInAnyFileIsFound) {
  for (const char* name : {"weights.safetensors", "method.safetensors", "state.json"}) {
    save(3);
    ASSERT_EQ(reason(3), "sound");
    flip_bit(file(3, name));
    EXPECT_THAT(reason(3), HasSubstr(name));
  }
}

TEST_F(CheckpointTest, AMissingFileOrManifestIsFound) {
  save(3);
  fs::remove(file(3, "method.safetensors"));
  EXPECT_THAT(reason(3), HasSubstr("method.safetensors: is missing"));
  save(3);
  fs::remove(file(3, "MANIFEST"));
  EXPECT_THAT(reason(3), HasSubstr("no MANIFEST"));
  EXPECT_EQ(newest_checkpoint(folder_.string()), std::nullopt);
}

TEST_F(CheckpointTest, LinksAndWhatNoRunMadeAreLeftAlone) {
  save(3);
  const fs::path elsewhere = folder_ / "elsewhere", own = folder_ / "notes.part";
  fs::create_directories(elsewhere);
  fs::create_directories(own);
  fs::create_directories(folder_ / "step-2.part");
  fs::copy_file(file(3, "MANIFEST"), elsewhere / "MANIFEST");
  fs::create_directory_symlink("elsewhere", folder_ / "step-1");
  fs::create_directory_symlink("step-99", folder_ / "step-99");  // leads nowhere but to itself
  EXPECT_EQ(list_checkpoints(folder_.string()).size(), 1U);
  EXPECT_EQ(newest_checkpoint(folder_.string()), (folder_ / "step-3").string());
  remove_checkpoints(folder_.string());
  EXPECT_FALSE(fs::exists(folder_ / "step-3"));
  EXPECT_FALSE(fs::exists(folder_ / "step-2.part"));
  EXPECT_TRUE(fs::exists(elsewhere / "MANIFEST"));
  EXPECT_TRUE(fs::exists(own));
}

TEST_F(CheckpointTest, AStateThatNoRunCouldHaveLeftIsRefusedByItsKey) {
  const std::vector<std::pair<std::string, std::function<void(Snapshot&)>>> forged = {
      {"\"step\" is -5", [](Snapshot& s) { s.loop.steps = -5; }},
      {"\"step\" is 4.61169e+18", [](Snapshot& s) { s.loop.steps = std::int64_t{1} << 62; }},
      {"\"wall_s\" is -1e+300", [](Snapshot& s) { s.loop.wall_s = -1e300; }},
      {"\"metrics_bytes\" is -1", [](Snapshot& s) { s.metrics_bytes = -1; }},
      {"\"evaluated_step\" is 4, but must be -1 to 3",
       [](Snapshot& s) { s.loop.evaluated_step = 4; }},
      {"\"rejected_in_row\" is 20, but must be 0 to 19",
       [](Snapshot& s) { s.loop.steps = 100, s.loop.rejected_in_row = 20; }},
      {"\"test_accuracy\" is 1.5", [](Snapshot& s) { s.loop.test_accuracy = 1.5; }},
      {"\"last_losses, their number\" is 6", [](Snapshot& s) { s.loop.last.assign(6, 1.0); }},
      {"\"probe\" is -1", [](Snapshot& s) { s.ledger.probe = -1; }},
      {"\"parameters\" has 1 entries, but the network has ",
       [](Snapshot& s) { s.ledger.parameters.resize(1); }},
      {"\"parameters, the queries of one\" is -1",
       [](Snapshot& s) { s.ledger.parameters[1].queries = -1; }},
      {"\"parameters, the queries of one\" is 4",
       [](Snapshot& s) { s.ledger.probe = 3 + 4 - 1; }},  // of the first two together
      {"\"parameters, passes of one\" is -0.5",
       [](Snapshot& s) { s.ledger.parameters[1].forward_equivalents = -0.5; }},
      {"\"horizon_steps\" is -2", [](Snapshot& s) { s.horizon_steps = -2; }}};
  for (const auto& [said, forge] : forged) {
    Snapshot s = snapshot(3);
    forge(s);
    const fs::path folder = folder_ / said.substr(1, 4);
    fs::create_directories(folder);
    save_checkpoint(folder.string(), network_, s, Precision::Float32, 9);
    std::string why;
    try {
      load_checkpoint((folder / fmt::format("step-{}", s.loop.steps)).string(), network_);
    } catch (const Error& error) {
      why = error.what();
    }
    EXPECT_THAT(why, HasSubstr("state.json: " + said));
    fs::remove_all(folder);
  }
}

TEST_F(CheckpointTest, AStateOfOtherTypesIsRefusedByItsKey) {
  save(3);
  const std::string path = file(3, "state.json").string();
  const std::string whole = read_file(path);
  const auto refusal = [&](const std::string& old, const std::string& forged) {
    std::string text = whole;
    text.replace(text.find(old), old.size(), forged);
    write_file_atomically(path, text);
    try {
      load_checkpoint(file(3, "").parent_path().string(), network_);
      checkpoint_options(file(3, "").parent_path().string());
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refusal("\"step\": 3", "\"step\": 3"), "");
  for (const std::string number : {"true", "2.5", "1e300", "9223372036854775808", "\"3\"", "[3]"}) {
    EXPECT_THAT(refusal("\"step\": 3", "\"step\": " + number),
                HasSubstr("\"step\" is " + (number == "1e300" ? "1e+300" : number)));
  }
  EXPECT_THAT(refusal("\"probe\": 1234567890123", "\"probe\": 1.5"), HasSubstr("\"probe\" is 1.5"));
  EXPECT_THAT(refusal("\"lr\": \"0.1\"", "\"lr\": 0.1"), HasSubstr("state.json: "));
  // Deep values are refused before anything copies or prints them.
  EXPECT_THAT(refusal("\"format\": 4", "\"format\": " + std::string(1000000, '[')),
              HasSubstr("nests deeper"));
  EXPECT_THAT(refusal("\"format\": 4",
                      "\"format\": " + std::string(1000000, '[') + std::string(1000000, ']')),
              HasSubstr("nests deeper"));
}

TEST_F(CheckpointTest, TensorsOfTheWrongSizeOrNameAreRefused) {
  const auto refusal = [&](const std::string& name, const NamedTensor& forged) {
    save(3);
    const std::string path = file(3, "method.safetensors").string();
    TensorFile tensors = read_safetensors(path);
    std::erase_if(tensors.tensors, [&](const NamedTensor& t) { return t.name == name; });
    tensors.tensors.push_back(forged);
    write_safetensors(path, tensors);
    try {
      load_checkpoint(file(3, "").parent_path().string(), network_);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_THAT(error.what(), HasSubstr("method.safetensors: tensor "));
      return std::string(error.what());
    }
    return std::string();
  };
  for (const std::string name : {"norms", "evaluation_norms", "theta"}) {
    EXPECT_THAT(refusal(name, NamedTensor::from_f64(name, {1.0})),
                HasSubstr("tensor " + name + " has 1 numbers, expected "));
  }
  EXPECT_THAT(refusal("evaluation_norms", NamedTensor::from_f64("method.x", {1.0})),
              HasSubstr("tensor evaluation_norms is missing"));
  EXPECT_THAT(refusal("", NamedTensor::from_f64("x", {1.0})), HasSubstr("tensor x is none"));
  EXPECT_EQ(refusal("", NamedTensor::from_f64("method.x", {1.0})), "");
}

TEST_F(CheckpointTest, NamesInAManifestLeadNowhere) {
  save(3);
  const std::string outside = (folder_ / "outside").string();
  write_file_atomically(outside, "x");
  std::string manifest = read_file(file(3, "MANIFEST").string());
  // What is not one of the three files is not looked at, wherever it lies.
  write_file_atomically(file(3, "MANIFEST").string(),
                        manifest + std::string(64, '0') + "  ../outside\n");
  EXPECT_EQ(reason(3), "sound");
  const auto name = manifest.find("state.json");
  write_file_atomically(file(3, "MANIFEST").string(), manifest.replace(name, 10, "../outside"));
  EXPECT_THAT(reason(3), HasSubstr("state.json: does not match its checksum"));
}

TEST_F(CheckpointTest, OnlyTheNewestKStay) {
  for (const std::int64_t steps : {5, 10, 15, 100}) save(steps, 2);
  EXPECT_THAT(list_checkpoints(folder_.string()),
              testing::ElementsAre(HasSubstr("step-100"), HasSubstr("step-15")));
}

TEST_F(CheckpointTest, LaterStepsOfAContinuationThatWasGivenUpAreRemoved) {
  for (const std::int64_t steps : {5, 10, 15}) save(steps);
  save(7);
  EXPECT_THAT(list_checkpoints(folder_.string()),
              testing::ElementsAre(HasSubstr("step-7"), HasSubstr("step-5")));
}

TEST_F(CheckpointTest, AHalfWrittenFolderIsNoCheckpointAndTheNextSaveClearsItAway) {
  fs::create_directories(folder_ / "step-9.part");
  fs::create_directories(folder_ / "step-7.part");
  EXPECT_TRUE(list_checkpoints(folder_.string()).empty());
  save(9);
  EXPECT_FALSE(fs::exists(folder_ / "step-9.part"));
  EXPECT_FALSE(fs::exists(folder_ / "step-7.part"));
  EXPECT_EQ(reason(9), "sound");
}

}  // namespace
}  // namespace zo
