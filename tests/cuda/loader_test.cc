// Why there is no GPU: a build without CUDA, a library that cannot be loaded, one of another
// version.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "src/kernels/cuda/library.h"

namespace zo {
namespace {

/// An empty folder, removed with the test.
class CudaLoader : public ::testing::Test {
 protected:
  CudaLoader()
      : folder_(std::filesystem::temp_directory_path() /
                ("zotrain-loader-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~CudaLoader() override { std::filesystem::remove_all(folder_); }
  std::string why_none() const { return load_cuda_library(folder_).why_none; }
  std::filesystem::path library() const { return folder_ / "libzotrain_cuda.so"; }

 private:
  std::filesystem::path folder_;
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(CudaLoader, SaysBuiltWithoutCudaWhereThereIsNoFile) {
  EXPECT_EQ(why_none(), "libzotrain_cuda.so is not beside the program (built without CUDA)");
}

TEST_F(CudaLoader, GivesTheLoadersWordsForAFileThatIsNoLibrary) {
  std::ofstream(library()) << std::string(4096, 'x');
  EXPECT_TRUE(holds(why_none(), "cannot be loaded")) << why_none();
  EXPECT_TRUE(holds(why_none(), "invalid ELF header")) << why_none();
  EXPECT_FALSE(holds(why_none(), "built without CUDA")) << why_none();
}

TEST_F(CudaLoader, NamesTheLibraryThatIsMissing) {
  std::filesystem::copy_file(ZO_NEEDS_A_MISSING_LIBRARY, library());
  EXPECT_TRUE(holds(why_none(), "cannot be loaded")) << why_none();
  EXPECT_TRUE(holds(why_none(), "libzo_test_other.so")) << why_none();
  EXPECT_FALSE(holds(why_none(), "built without CUDA")) << why_none();
}

TEST_F(CudaLoader, RefusesALibraryWithoutItsFunctions) {
  std::filesystem::copy_file(ZO_ANOTHER_LIBRARY, library());
  EXPECT_TRUE(holds(why_none(), "another version")) << why_none();
}

}  // namespace
}  // namespace zo
