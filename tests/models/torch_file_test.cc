#include "models/torch_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>

#include "src/base/error.h"
#include "tests/models/pickle_text.h"
#include "tests/models/stored_zip.h"
#include "tests/models/temporary_folder.h"

namespace zo::testing {
namespace {

const std::string kSixFloats(24, '\x01');

/// What reading a file of these bytes complains about, "" where it does not.
std::string refusal(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder / "x.pt";
  std::ofstream(path, std::ios::binary) << bytes;
  try {
    read_torch_file(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_TRUE(std::string(error.what()).starts_with(path + ": ")) << error.what();
    return std::string(error.what()).substr(path.size());
  }
  return "";
}

/// An archive of one tensor w [2, 3].
StoredZip good() {
  StoredZip zip;
  zip.add("x/data.pkl", pickled_dict(pickled_text("w") + pickled_tensor()));
  zip.add("x/byteorder", "little");
  zip.add("x/data/0", kSixFloats);
  return zip;
}

/// `good()` with its last record, the floats, described otherwise.
template <class Change>
std::string refusal_of(Change change) {
  StoredZip zip = good();
  change(zip.entries.back());
  return refusal(zip.bytes());
}

#define EXPECT_SAYS(message, words) EXPECT_NE((message).find(words), std::string::npos) << (message)

TEST(TorchFile, AStoredArchiveIsRead) {
  const TemporaryFolder folder;
  std::ofstream(folder / "x.pt", std::ios::binary)
      << good().bytes("a comment that PK\x05\x06 interrupts");
  const TensorFile file = read_torch_file(folder / "x.pt");
  ASSERT_EQ(file.tensors.size(), 1u);
  EXPECT_EQ(file.tensors[0].name, "w");
  EXPECT_EQ(file.tensors[0].shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(std::string(file.tensors[0].data.begin(), file.tensors[0].data.end()), kSixFloats);
}

TEST(TorchFile, EveryTruncationIsRefused) {
  const std::string whole = good().bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
  }
}

TEST(TorchFile, AFlippedBitOfARecordIsFound) {
  std::string bytes = good().bytes();
  const std::size_t at = bytes.find(kSixFloats);
  bytes[at + 5] ^= 4;
  EXPECT_SAYS(refusal(bytes), "record x/data/0 does not match its checksum");
}

TEST(TorchFile, AFlippedBitOfAHeaderIsFound) {
  for (const std::string signature : {"PK\x03\x04", "PK\x01\x02", "PK\x05\x06"}) {
    std::string bytes = good().bytes();
    bytes[bytes.rfind(signature)] ^= 1;
    EXPECT_SAYS(refusal(bytes), "not a whole file");
  }
}

TEST(TorchFile, CompressedAndEncryptedRecordsAreRefused) {
  const std::string words = "record x/data/0 is compressed or encrypted";
  EXPECT_SAYS(refusal_of([](auto& entry) { entry.method = 8; }), words);
  EXPECT_SAYS(refusal_of([](auto& entry) { entry.flags = 1; }), words);
  // A claim of 4 GiB in a file of 500 bytes.
  EXPECT_SAYS(refusal_of([](auto& entry) { entry.size = 0xfffffff0; }), words);
  EXPECT_SAYS(refusal_of([](auto& entry) { entry.size = entry.packed = 0xfffffff0; }),
              "not a whole file");
}

TEST(TorchFile, OffsetsBeyondTheFileAreRefused) {
  for (const std::uint32_t offset : {0x7fffffffu, 0xfffffffeu, 1u}) {
    EXPECT_SAYS(refusal_of([&](auto& entry) { entry.header = offset; }), "not a whole file");
  }
  // The 64-bit number that the entry refers to is not there.
  EXPECT_SAYS(refusal_of([](auto& entry) { entry.header = 0xffffffff; }), "not a whole file");
}

TEST(TorchFile, RecordsThatOverlapOrShareANameAreRefused) {
  StoredZip zip = good();
  const StoredZip::Entry floats = zip.entries.back();
  for (int i = 1; i < 60; ++i) {
    zip.entries.push_back(floats);
    zip.entries.back().name = "x/data/" + std::to_string(i);
  }
  EXPECT_EQ(refusal(zip.bytes()), "");  // names take more than the records: within the file's size
  StoredZip large;
  large.add("x/data.pkl", std::string(10000, '.'));
  large.entries.push_back(large.entries.back());
  large.entries.back().name = "x/data/1";
  EXPECT_SAYS(refusal(large.bytes()), "its records overlap");
  StoredZip twice = good();
  twice.add("x/data/0", kSixFloats);
  EXPECT_SAYS(refusal(twice.bytes()), "two records x/data/0");
}

TEST(TorchFile, StoragesMustHaveTheSizeThatTheDescriptionSays) {
  const auto with = [](const std::string& data) {
    StoredZip zip;
    zip.add("x/data.pkl", pickled_dict(pickled_text("w") + pickled_tensor()));
    zip.add("x/data/0", data);
    return refusal(zip.bytes());
  };
  EXPECT_EQ(with(kSixFloats), "");
  EXPECT_SAYS(with(kSixFloats.substr(1)), "tensor w has 23 bytes of data");
  EXPECT_SAYS(with(kSixFloats.substr(4)), "tensor w has 20 bytes of data");
  EXPECT_SAYS(with(kSixFloats + "x"), "tensor w has 25 bytes of data");
  EXPECT_SAYS(with(kSixFloats + kSixFloats), "tensor w has 48 bytes of data");
  StoredZip zip;
  zip.add("x/data.pkl", pickled_dict(pickled_text("w") + pickled_tensor()));
  EXPECT_SAYS(refusal(zip.bytes()), "no record data/0");
  zip.entries.clear();
  zip.add("x/other", "");
  EXPECT_SAYS(refusal(zip.bytes()), "no record data.pkl");
}

TEST(TorchFile, TensorsThatShareAStorageTakeAtMostFourTimesTheFile) {
  constexpr int kElements = 1 << 18;
  const auto with = [](int tensors) {
    std::string entries;
    for (int i = 0; i < tensors; ++i) {
      entries +=
          pickled_text("w" + std::to_string(i)) + pickled_call(pickled_storage(kElements),
                                                               0,
                                                               pickled_integer(kElements) + '\x85',
                                                               pickled_integer(1) + '\x85');
    }
    StoredZip zip;
    zip.add("x/data.pkl", pickled_dict(entries));
    zip.add("x/data/0", std::string(4 * kElements, '\0'));
    return refusal(zip.bytes());
  };
  EXPECT_EQ(with(4), "");
  EXPECT_SAYS(with(5), "its tensors take more than 4 times the bytes of the file");
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  EXPECT_SAYS(with(1000), "more than 4 times");  // a gigabyte, if they were all copied
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 200 * 1024);
}

TEST(TorchFile, BigEndianFilesAreRefused) {
  StoredZip zip;
  zip.add("x/data.pkl", pickled_dict(""));
  zip.add("x/byteorder", "big");
  EXPECT_SAYS(refusal(zip.bytes()), "big-endian");
}

}  // namespace
}  // namespace zo::testing
