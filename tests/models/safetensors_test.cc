#include "models/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "src/base/atomic_file.h"
#include "src/base/error.h"
#include "tests/models/temporary_folder.h"

namespace zo::testing {
namespace {

/// A file with this header and so many zero bytes of data.
std::string raw_file(const std::string& header, std::size_t data) {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + std::string(data, '\0');
}

std::string refusal(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  write_file_atomically(path, bytes);
  try {
    read_safetensors(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_NE(std::string(error.what()).find(path), std::string::npos);
    return error.what();
  }
  return "";
}

TEST(Safetensors, WhatIsWrittenIsReadBackInOrder) {
  const TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  TensorFile file;
  file.tensors = {NamedTensor::from_f32("z", {2, 1, 2}, {1.5, -2.0, 0.1, 1e30}),
                  NamedTensor::from_f64("a", {0.1, -1e300}),
                  NamedTensor::from_i64("n", {-1, std::int64_t{1} << 60}),
                  NamedTensor::from_f64("none", {})};
  file.metadata = {{"key", "a \"quoted\" line\n"}};
  write_safetensors(path, file);
  const auto read = read_safetensors(path);
  EXPECT_EQ(read.metadata, file.metadata);
  ASSERT_EQ(read.tensors.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(read.tensors[i].name, file.tensors[i].name);
    EXPECT_EQ(read.tensors[i].dtype, file.tensors[i].dtype);
    EXPECT_EQ(read.tensors[i].shape, file.tensors[i].shape);
    EXPECT_EQ(read.tensors[i].data, file.tensors[i].data);
  }
  EXPECT_EQ(read.find("z")->as_doubles()[2], static_cast<double>(0.1f));
  EXPECT_EQ(read.find("a")->as_doubles()[0], 0.1);
  EXPECT_EQ(read.find("n")->as_integers()[1], std::int64_t{1} << 60);
  EXPECT_EQ(read.find("b"), nullptr);
}

TEST(Safetensors, TensorsGiveOnlyTheirOwnKindOfNumbers) {
  EXPECT_THROW(NamedTensor::from_i64("n", {1}).as_doubles(), Error);
  EXPECT_THROW(NamedTensor::from_f64("x", {1.0}).as_integers(), Error);
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const std::string whole =
      raw_file(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8);
  EXPECT_EQ(refusal(whole), "");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
  }
  EXPECT_NE(refusal(whole + "x").find("9 bytes of data"), std::string::npos);
}

TEST(Safetensors, LyingHeadersAreRefused) {
  const auto entry = [](const std::string& fields) { return "{\"a\":{" + fields + "}}"; };
  for (const std::string& header : {
           std::string("[]"),
           std::string("{"),
           std::string(R"({"a":3})"),
           std::string(R"({"__metadata__":{"k":1}})"),
           entry(R"("dtype":"F32","shape":[2])"),
           entry(R"("dtype":"F32","shape":[-2],"data_offsets":[0,8])"),
           entry(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"),
           entry(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"),
           entry(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"),
           entry(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8])"),
           entry(R"("dtype":"F32","shape":[2.5],"data_offsets":[0,8])"),
           entry(R"("dtype":"F32","shape":[0,9223372036854775808],"data_offsets":[0,0])"),
       }) {
    EXPECT_NE(refusal(raw_file(header, 8)), "") << header;
  }
  const std::string overlap = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                              R"("b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  EXPECT_NE(refusal(raw_file(overlap, 8)).find("tensor b"), std::string::npos);
  std::string huge = raw_file("{}", 0);
  std::memset(huge.data(), 0xff, 8);
  EXPECT_NE(refusal(huge), "");
}

TEST(Safetensors, DeepHeadersAreRefusedBeforeTheyExhaustTheStack) {
  const std::string deep = std::string(1000000, '[') + std::string(1000000, ']');
  const std::string header = R"({"a":{"dtype":)" + deep + R"(,"shape":[2],"data_offsets":[0,8]}})";
  EXPECT_NE(refusal(raw_file(header, 8)).find("nests deeper than 8"), std::string::npos);
}

TEST(Safetensors, OtherTypesAreRefusedByName) {
  const auto message =
      refusal(raw_file(R"({"a":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}})", 8));
  EXPECT_NE(message.find("tensor a has dtype BF16"), std::string::npos) << message;
}

TEST(AtomicFile, FailureLeavesTheOldFileAndNothingElse) {
  const TemporaryFolder folder;
  EXPECT_THROW(write_file_atomically(folder / "no/such/file", "x"), Error);
  std::filesystem::create_directory(folder / "taken");
  EXPECT_THROW(write_file_atomically(folder / "taken", "x"), Error);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / ""), {}), 1);
  write_file_atomically(folder / "file", "old");
  write_file_atomically(folder / "file", "new");
  EXPECT_EQ(read_file(folder / "file"), "new");
}

TEST(AtomicFile, MissingFilesAndFoldersAreRefusedByName) {
  const TemporaryFolder folder;
  for (const std::string& path : {folder / "none", folder / ""}) {
    try {
      read_file(path);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_NE(std::string(error.what()).find(path), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace zo::testing
