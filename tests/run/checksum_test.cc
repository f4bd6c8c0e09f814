#include "src/run/checksum.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "src/base/atomic_file.h"

namespace zo {
namespace {

// FIPS 180-2, appendices B.1 and B.3.
TEST(Checksum, Sha256MatchesThePublishedVectors) {
  const std::string path = testing::TempDir() + "sha256_test";
  write_file_atomically(path, "abc");
  EXPECT_EQ(sha256_of_file(path),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  write_file_atomically(path, std::string(1000000, 'a'));
  EXPECT_EQ(sha256_of_file(path),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  // Longer than what is read at once; by coreutils' sha256sum.
  write_file_atomically(path, std::string(3000000, 'a'));
  EXPECT_EQ(sha256_of_file(path),
            "2a152c894398719c0570f83fac34ac03a0f6e8e474b995c2403aa5434f7b9dd4");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace zo
