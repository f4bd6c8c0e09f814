#include "src/run/run_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "src/base/atomic_file.h"
#include "src/base/error.h"

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
  create_run_folder(run_);
  EXPECT_FALSE(fs::exists(run_.metrics()));
  EXPECT_TRUE(fs::is_empty(run_.checkpoints()));
  EXPECT_EQ(read_file(run_.path + "/letter.txt"), "dear");
}

TEST_F(RunFolderTest, AFileInThePlaceOfTheFolderIsRefused) {
  write_file_atomically(run_.path, "x");
  EXPECT_THROW(check_run_folder(run_, true), Error);
}

}  // namespace
}  // namespace zo
