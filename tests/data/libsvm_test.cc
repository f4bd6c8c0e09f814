#include "data/libsvm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "src/base/error.h"

namespace zo {
namespace {

using testing::HasSubstr;

class Libsvm : public testing::Test {
 protected:
  std::string path_ = testing::TempDir() + "zotrain_libsvm_test_" +
                      testing::UnitTest::GetInstance()->current_test_info()->name();
  ~Libsvm() override { std::filesystem::remove(path_); }

  SparseExamples read(const std::string& text, std::int64_t rows = 0) {
    std::ofstream(path_) << text;
    return read_libsvm(path_, rows);
  }
  std::string refusal(const std::string& text) {
    try {
      read(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return error.what();
    }
    return "nothing was refused";
  }
};

TEST_F(Libsvm, ReadsRowsLabelsAndFeatures) {
  const auto examples = read("-1 1:0.5 3:-2e1\n\n+1 2:+7\r\n-1\n");
  EXPECT_EQ(examples.label, (std::vector<double>{-1, 1, -1}));
  EXPECT_EQ(examples.row_start, (std::vector<std::int64_t>{0, 2, 3, 3}));
  EXPECT_EQ(examples.column, (std::vector<std::int32_t>{0, 2, 1}));
  EXPECT_EQ(examples.value, (std::vector<double>{0.5, -20.0, 7.0}));
  EXPECT_EQ(examples.columns, 3);
}

TEST_F(Libsvm, TheGreaterLabelIsThePositiveClass) {
  EXPECT_EQ(read("2 1:1\n1 1:1\n2 1:1\n").label, (std::vector<double>{1, -1, 1}));
  EXPECT_EQ(read("0 1:1\n1 1:1\n").label, (std::vector<double>{-1, 1}));
}

TEST_F(Libsvm, StopsAfterTheRowsAskedFor) {
  const auto examples = read("1 1:1\n-1 2:1\n1 broken\n", 2);
  EXPECT_EQ(examples.rows(), 2);
}

TEST_F(Libsvm, RefusalsNameFileLineAndReason) {
  const std::string way_out = "; correct the file or shorten it with --rows";
  EXPECT_EQ(refusal("1 1:1\n-1 1:0x\n"), path_ + ": line 2: value '0x' is not a number" + way_out);
  EXPECT_EQ(refusal("1 1:nan\n"),
            path_ + ": line 1: value 'nan' is not a finite number in double precision" + way_out);
  EXPECT_THAT(refusal("1 1:1e999\n"), HasSubstr("'1e999' is not a finite number"));
  EXPECT_THAT(refusal("1 1:-inf\n"), HasSubstr("'-inf' is not a finite number"));
  EXPECT_THAT(refusal("1 1:\n"), HasSubstr("value '' is not a number"));
  EXPECT_THAT(refusal("a 1:1\n"), HasSubstr("label 'a' is not a number"));
  EXPECT_THAT(refusal("1 0:1\n"), HasSubstr("line 1: index 0 is below 1"));
  EXPECT_THAT(refusal("1 -3:1\n"), HasSubstr("index -3 is below 1"));
  EXPECT_THAT(refusal("1 2:1 2:3\n"), HasSubstr("index 2 follows 2, but must rise"));
  EXPECT_THAT(refusal("1 5:1 3:3\n"), HasSubstr("index 3 follows 5, but must rise"));
  EXPECT_THAT(refusal("1 x:1\n"), HasSubstr("index 'x' is not a whole number"));
  EXPECT_THAT(refusal("1 99999999999:1\n"), HasSubstr("index '99999999999' is not a whole number"));
  EXPECT_THAT(refusal("1 12\n"), HasSubstr("'12' is not of the form index:value"));
  EXPECT_THAT(refusal("1 1:1\n2 1:1\n3 1:1\n"), HasSubstr("line 3: label 3 is a third class"));
  EXPECT_THAT(refusal("1 1:1\n1 1:1\n"), HasSubstr("2 rows with 1 class,"));
  EXPECT_THAT(refusal(""), HasSubstr("0 rows with 0 classes"));
  EXPECT_THAT(refusal("1\n-1\n"), HasSubstr("no row has a feature"));
}

TEST_F(Libsvm, AMissingFileOrAFolderIsRefused) {
  EXPECT_THROW(read_libsvm(path_ + ".absent"), Error);
  EXPECT_THROW(read_libsvm(testing::TempDir()), Error);
}

TEST_F(Libsvm, ReadsA9aWithItsPublishedCounts) {
  const char* folder = std::getenv("ZO_TEST_LIBSVM");
  if (folder == nullptr) GTEST_SKIP() << "ZO_TEST_LIBSVM names no folder with a9a.libsvm";
  const auto examples = read_libsvm(std::string(folder) + "/a9a.libsvm");
  EXPECT_EQ(examples.rows(), 32561);
  EXPECT_EQ(examples.columns, 123);
  EXPECT_EQ(std::count(examples.label.begin(), examples.label.end(), 1.0), 7841);
}

}  // namespace
}  // namespace zo
