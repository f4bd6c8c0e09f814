#include "src/run/run_folder.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <memory>

#include "src/base/atomic_file.h"
#include "src/base/error.h"
#include "src/run/run_lock.h"

namespace zo {
namespace {

namespace fs = std::filesystem;

class RunFolderTest : public testing::Test {
 protected:
  void SetUp() override { fs::remove_all(run_.path); }
  void TearDown() override { fs::remove_all(run_.path); }
  RunFolder run_{testing::TempDir() + "run_folder_test_" +
                 testing::UnitTest::GetInstance()->current_test_info()->name()};
};

TEST_F(RunFolderTest, ANewOrEmptyFolderIsTaken) {
  EXPECT_NO_THROW(check_run_folder(run_, false));
  EXPECT_FALSE(fs::exists(run_.path));
  fs::create_directories(run_.path);
  EXPECT_NO_THROW(check_run_folder(run_, false));
}

TEST_F(RunFolderTest, AFolderThatHoldsAnythingNeedsOverwrite) {
  fs::create_directories(run_.path);
  write_file_atomically(run_.path + "/letter.txt", "dear");
  EXPECT_THROW(check_run_folder(run_, false), Error);
  EXPECT_NO_THROW(check_run_folder(run_, true));
}

TEST_F(RunFolderTest, OverwriteRemovesARunAndNothingElse) {
  create_run_folder(run_);
  write_file_atomically(run_.path + "/letter.txt", "dear");
  write_file_atomically(run_.metrics(), "{}\n");
  fs::create_directories(run_.checkpoints() + "/step-3");
  clear_run_folder(run_);
  EXPECT_FALSE(fs::exists(run_.metrics()));
  EXPECT_TRUE(fs::is_empty(run_.checkpoints()));
  EXPECT_EQ(read_file(run_.path + "/letter.txt"), "dear");
}

TEST_F(RunFolderTest, ALockThatARefusedRunLeftIsNoRun) {
  create_run_folder(run_);
  write_file_atomically(run_.lock(), "process 1 on host\n");
  EXPECT_NO_THROW(check_run_folder(run_, false));
}

TEST_F(RunFolderTest, AFolderThatCannotBeWrittenIsRefusedBeforeARunIsMade) {
  // Not even root makes folders there.
  for (const char* path : {"/sys/kernel/runs/one", "/sys/kernel"}) {
    try {
      check_run_folder({path}, true);
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("--out: /sys/kernel cannot be written: "),
                std::string::npos)
          << error.what();
    }
  }
}

TEST_F(RunFolderTest, TwoLocksOfOneFolderAreOneTooMany) {
  create_run_folder(run_);
  auto first = std::make_unique<RunLock>(run_);
  try {
    const RunLock second(run_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_NE(std::string(error.what()).find(fmt::format("in use by process {} on ", getpid())),
              std::string::npos)
        << error.what();
  }
  first.reset();
  EXPECT_NO_THROW(RunLock{run_});
}

TEST_F(RunFolderTest, AFileInThePlaceOfTheFolderIsRefused) {
  write_file_atomically(run_.path, "x");
  EXPECT_THROW(check_run_folder(run_, true), Error);
}

// As it is named or on the way: what would be made in its place could not.
TEST_F(RunFolderTest, ALinkThatLeadsNowhereIsRefused) {
  fs::create_symlink(run_.path + "_is_not_there/below", run_.path);
  for (const std::string& path : {run_.path, run_.path + "/run"}) {
    try {
      check_run_folder(RunFolder{path}, true);
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.what(),
                "--out: " + run_.path + " is a link that leads nowhere; name a folder");
    }
  }
}

}  // namespace
}  // namespace zo
