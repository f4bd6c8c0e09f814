#include "data/cifar.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "data/batches.h"
#include "src/base/error.h"

namespace zo {
namespace {

namespace fs = std::filesystem;

/// A folder for one test, gone afterwards.
class Cifar : public testing::Test {
 protected:
  Cifar() {
    root_ = fs::temp_directory_path() / fmt::format("zo_cifar_test_{}", getpid());
    fs::create_directories(root_);
  }
  ~Cifar() override { fs::remove_all(root_); }

  std::string root() const { return root_.string(); }
  std::string path(const std::string& name) const { return (root_ / name).string(); }

  void write(const std::string& name, const std::vector<std::uint8_t>& bytes) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  /// A file of zero bytes of the given length, without writing them.
  void write_zeros(const std::string& name, std::uintmax_t size) const {
    write(name, {});
    fs::resize_file(root_ / name, size);
  }
  void set_byte(const std::string& name, std::int64_t at, char value) const {
    std::fstream file(root_ / name, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file.put(value);
  }
  /// A CIFAR-10 folder of the publisher's sizes, all pictures black and of class 0.
  void write_cifar10() const {
    for (const char* file : {"data_batch_1",
                             "data_batch_2",
                             "data_batch_3",
                             "data_batch_4",
                             "data_batch_5",
                             "test_batch"}) {
      write_zeros(fmt::format("cifar-10-batches-bin/{}.bin", file), 30730000);
    }
  }
  void write_cifar100() const {
    write_zeros("cifar-100-binary/train.bin", 153700000);
    write_zeros("cifar-100-binary/test.bin", 30740000);
  }

  fs::path root_;
};

/// The message with which `body` is refused; "" when it is not, or not as wrong usage.
template <class Body>
std::string refusal(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error.exit_code() == 2 ? error.what() : "";
  }
  return "";
}

void expect_mentions(const std::string& message, const std::vector<std::string>& parts) {
  for (const auto& part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' not in: " << message;
  }
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

Dataset tiny() {
  Dataset data;
  data.name = "tiny";
  data.height = 1;
  data.width = 2;
  data.classes = 10;
  return data;
}

TEST_F(Cifar, ReadsLabelThenRedGreenBluePlanes) {
  write("two.bin", {7, 1, 2, 3, 4, 5, 6, 0, 11, 12, 13, 14, 15, 16});
  Dataset data = tiny();
  append_cifar_file(path("two.bin"), {2, 1}, "", data);
  EXPECT_EQ(data.labels, (std::vector<std::uint8_t>{7, 0}));
  EXPECT_EQ(data.images, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16}));
}

TEST_F(Cifar, TakesTheFineLabelOfTwo) {
  write("fine.bin", {19, 99, 1, 2, 3, 4, 5, 6});
  Dataset data = tiny();
  data.classes = 100;
  append_cifar_file(path("fine.bin"), {1, 2}, "", data);
  EXPECT_EQ(data.labels, (std::vector<std::uint8_t>{99}));
  EXPECT_EQ(data.images.size(), 6u);
}

TEST_F(Cifar, RefusesASuperclassAbove19) {
  write("coarse.bin", {20, 99, 1, 2, 3, 4, 5, 6});
  Dataset data = tiny();
  data.classes = 100;
  const auto message = refusal([&] {
    append_cifar_file(path("coarse.bin"), {1, 2}, "remedy", data);
  });
  expect_mentions(message, {"coarse.bin", "record 0", "superclass 20", "remedy"});
}

TEST_F(Cifar, ReadsBothSplitsOfCifar10InOrderOfTheFiles) {
  write_cifar10();
  set_byte("cifar-10-batches-bin/data_batch_1.bin", 0, 4);  // first training label
  set_byte("cifar-10-batches-bin/data_batch_5.bin",
           std::int64_t{9999} * 3073,
           9);                                                             // last training label
  set_byte("cifar-10-batches-bin/data_batch_2.bin", 3073 + 3072, '\x7f');  // a last pixel
  const DataSplits splits = load_cifar10(root());
  EXPECT_EQ(splits.train.size(), 50000);
  EXPECT_EQ(splits.test.size(), 10000);
  EXPECT_EQ(splits.train.split, "train");
  EXPECT_EQ(splits.test.split, "test");
  EXPECT_EQ(splits.train.labels.front(), 4);
  EXPECT_EQ(splits.train.labels.back(), 9);
  EXPECT_EQ(splits.train.images[std::size_t{10002} * 3072 - 1], 0x7f);
  EXPECT_EQ(splits.train.images.size(), std::size_t{50000} * 3072);
  EXPECT_EQ(splits.test.images.size(), std::size_t{10000} * 3072);
  EXPECT_EQ(splits.train.class_names.size(), 10u);
}

TEST_F(Cifar, ReadsBothSplitsOfCifar100) {
  write_cifar100();
  set_byte("cifar-100-binary/train.bin", std::int64_t{49999} * 3074 + 1, 99);
  std::string names;
  for (int i = 0; i < 100; ++i) names += fmt::format("name{}\n", i);
  write("cifar-100-binary/fine_label_names.txt", {names.begin(), names.end()});
  const DataSplits splits = load_cifar100(root());
  EXPECT_EQ(splits.train.size(), 50000);
  EXPECT_EQ(splits.test.size(), 10000);
  EXPECT_EQ(splits.train.labels.back(), 99);
  EXPECT_EQ(splits.train.class_names[99], "name99");
  EXPECT_EQ(splits.test.classes, 100);
}

TEST_F(Cifar, RefusesAFileOneByteShort) {
  write_cifar10();
  fs::resize_file(path("cifar-10-batches-bin/data_batch_3.bin"), 30729999);
  const auto message = refusal([&] { load_cifar10(root()); });
  expect_mentions(message, {"data_batch_3.bin", "30729999 bytes", "30730000", "--data-dir"});
}

TEST_F(Cifar, RefusesAFileOneByteLong) {
  write_cifar100();
  fs::resize_file(path("cifar-100-binary/test.bin"), 30740001);
  const auto message = refusal([&] { load_cifar100(root()); });
  expect_mentions(message, {"test.bin", "30740001 bytes", "30740000", "--data-dir"});
}

TEST_F(Cifar, RefusesLabel10OfCifar10WithFileAndRecord) {
  write_cifar10();
  set_byte("cifar-10-batches-bin/test_batch.bin", std::int64_t{1234} * 3073, 10);
  const auto message = refusal([&] { load_cifar10(root()); });
  expect_mentions(message, {"test_batch.bin", "record 1234", "label 10", "0 to 9", "--data-dir"});
}

TEST_F(Cifar, RefusesAMissingFile) {
  write_cifar10();
  fs::remove(path("cifar-10-batches-bin/data_batch_2.bin"));
  const auto message = refusal([&] { load_cifar10(root()); });
  expect_mentions(message, {"data_batch_2.bin", "No such file", "cifar-10-binary.tar.gz"});
}

TEST_F(Cifar, RefusesAMissingFolderAndSaysWhichOne) {
  expect_mentions(refusal([&] { load_cifar10(""); }), {"cifar10", "--data-dir", "ZO_DATA_DIR"});
  expect_mentions(refusal([&] { load_cifar10(path("nowhere")); }), {"nowhere", "no such folder"});
  expect_mentions(refusal([&] { load_cifar10(root()); }),
                  {root(), "holds no folder cifar-10-batches-bin"});
  expect_mentions(refusal([&] { load_cifar100(root()); }),
                  {root(), "holds no folder cifar-100-binary"});
}

TEST_F(Cifar, TellsTheFolderOfTheFilesFromItsParent) {
  write("data_batch_1.bin", {});
  expect_mentions(refusal([&] { load_cifar10(root()); }), {"give the folder that holds"});
}

TEST_F(Cifar, RefusesAWrongNumberOfClassNames) {
  write_cifar10();
  write("cifar-10-batches-bin/batches.meta.txt", {'c', 'a', 't', '\n'});
  const auto message = refusal([&] { load_cifar10(root()); });
  expect_mentions(message, {"batches.meta.txt", "1 class names", "expected 10"});
}

TEST_F(Cifar, LeavesTheSetUntouchedWhenAFileIsRefused) {
  write("bad.bin", {7, 1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15, 16});
  Dataset data = tiny();
  EXPECT_NE(refusal([&] { append_cifar_file(path("bad.bin"), {2, 1}, "", data); }), "");
  EXPECT_EQ(data.size(), 0);
  EXPECT_TRUE(data.images.empty());
}

TEST_F(Cifar, FindsTheFolderEvenWhenItIsDamaged) {
  EXPECT_FALSE(has_cifar10(root()));
  EXPECT_FALSE(has_cifar10(""));
  fs::create_directories(path("cifar-10-batches-bin"));
  EXPECT_TRUE(has_cifar10(root()));
}

// 6,000 pictures of each class, and channel means that are the constants of the normalisation.
// Copies in circulation differ in the order of the pictures and in which of them are the test set,
// so the mean of the 50,000 may differ by its sampling error: 5 standard deviations of the mean.
TEST(RealCifar10, HasThePublishedClassesAndChannelMeans) {
  const char* directory = std::getenv("ZO_TEST_CIFAR10");
  if (directory == nullptr) GTEST_SKIP() << "ZO_TEST_CIFAR10 names no folder with CIFAR-10";
  const DataSplits splits = load_cifar10(directory);
  EXPECT_EQ(splits.train.class_names.front(), "airplane");
  EXPECT_EQ(splits.train.class_names.back(), "truck");
  for (int label = 0; label < 10; ++label) {
    const auto& train = splits.train.labels;
    const auto& test = splits.test.labels;
    EXPECT_EQ(std::count(train.begin(), train.end(), label), 5000);
    EXPECT_EQ(std::count(test.begin(), test.end(), label), 1000);
  }
  const auto size = static_cast<double>(splits.train.size());
  for (int c = 0; c < 3; ++c) {
    double sum = 0.0, squares = 0.0;
    for (std::int64_t i = 0; i < splits.train.size(); ++i) {
      const auto* plane = splits.train.images.data() + (i * 3 + c) * 1024;
      const double mean = std::accumulate(plane, plane + 1024, 0.0) / (1024 * 255);
      sum += mean;
      squares += mean * mean;
    }
    const double mean = sum / size;
    const double deviation = std::sqrt((squares / size - mean * mean) / size);
    EXPECT_NEAR(mean, splits.train.mean[c], 5 * deviation) << "channel " << c;
    EXPECT_LT(5 * deviation, 0.01) << "a bound that could not tell the channels apart";
  }
}

}  // namespace
}  // namespace zo
