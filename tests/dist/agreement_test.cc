#include "src/dist/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "src/base/error.h"
#include "tests/dist/thread_ranks.h"

namespace zo {
namespace {

using ::testing::HasSubstr;
using testing::ThreadRanks;

TEST(Agreement, TheFirstRankThatSaysAnythingIsHeard) {
  const std::vector<std::vector<int>> said = {{0, 0, 0}, {4, 0, 2}, {0, 0, 2}, {0, 3, 2}};
  const std::vector<int> heard = {0, 4, 2, 3};
  for (std::size_t i = 0; i < said.size(); ++i) {
    ThreadRanks::run(3, [&](const Communicator& ranks) {
      EXPECT_EQ(agreed(ranks, said[i][ranks.rank()]), heard[i]);
    });
  }
  EXPECT_EQ(agreed(one_process(), 5), 5);
}

TEST(Agreement, WhereOneFailsAllComeBackAndItAloneThrows) {
  std::atomic<int> thrown{0}, returned{0};
  ThreadRanks::run(3, [&](const Communicator& ranks) {
    try {
      const int code = fail_together(ranks, [&] {
        if (ranks.rank() > 0) fail_usage("rank {} finds no data", ranks.rank());
      });
      EXPECT_EQ(code, 2);
      ++returned;
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "rank 1 finds no data");
      ++thrown;
    }
  });
  EXPECT_EQ(thrown, 1);
  EXPECT_EQ(returned, 2);
  ThreadRanks::run(2, [](const Communicator& ranks) { EXPECT_EQ(fail_together(ranks, [] {}), 0); });
}

std::string complaint_when(const std::vector<double>& others) {
  std::string text;
  try {
    ThreadRanks::run(4, [&](const Communicator& ranks) {
      BitHash hash;
      hash.add(ranks.rank() >= 2 ? others : std::vector<double>{1.0, -0.0, 3.5});
      require_equal(ranks, hash, "has other weights");
    });
  } catch (const Error& error) {
    text = error.what();
  }
  return text;
}

std::string hash_of(const std::vector<std::uint8_t>& bytes) {
  BitHash hash;
  hash.add(bytes);
  return hash.text();
}

TEST(Agreement, EveryByteCountsInItsPlace) {
  const std::vector<std::uint8_t> bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9};  // one more than a word
  EXPECT_EQ(hash_of({}), "cbf29ce484222325");                           // where FNV-1a begins
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto other = bytes;
    other[i] ^= 1;
    EXPECT_NE(hash_of(other), hash_of(bytes)) << i;
    if (i == 0) continue;
    other = bytes;
    std::swap(other[i], other[i - 1]);
    EXPECT_NE(hash_of(other), hash_of(bytes)) << i;
  }
}

TEST(Agreement, NumbersThatDifferByOneBitAreTold) {
  EXPECT_EQ(complaint_when({1.0, -0.0, 3.5}), "");
  const auto expected = HasSubstr("rank 2 has other weights than rank 0");
  EXPECT_THAT(complaint_when({std::nextafter(1.0, 2.0), -0.0, 3.5}), expected);
  EXPECT_THAT(complaint_when({1.0, 0.0, 3.5}), expected);  // its sign
  EXPECT_THAT(complaint_when({3.5, -0.0, 1.0}), expected);
  EXPECT_THAT(complaint_when({1.0, -0.0, -3.5}), expected);
  EXPECT_THAT(complaint_when({1.0, -0.0}), expected);
}

}  // namespace
}  // namespace zo
