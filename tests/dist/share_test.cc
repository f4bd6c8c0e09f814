#include "src/dist/share.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "src/base/philox.h"

namespace zo {
namespace {

using ::testing::ElementsAre;

TEST(ShareByEffort, DearestFirstToWhoHasLeast) {
  // 5 → 0; 4 → 1; 3 → 1 (7); 3 → 0 (8); 2 → 1 (9); 1 → 0 (9).
  EXPECT_THAT(share_by_effort(std::vector<double>{1, 3, 5, 3, 4, 2}, 2),
              ElementsAre(0, 1, 0, 0, 1, 1));
}

TEST(ShareByEffort, EqualPiecesAreDealtInTurn) {
  EXPECT_THAT(share_by_effort(std::vector<double>(7, 0.5), 3), ElementsAre(0, 1, 2, 0, 1, 2, 0));
}

TEST(ShareByEffort, RanksMayHaveNothing) {
  EXPECT_THAT(share_by_effort(std::vector<double>{2.0}, 3), ElementsAre(0));
  EXPECT_THAT(share_by_effort({}, 3), ElementsAre());
}

TEST(ShareByEffort, SumsDifferByNoMoreThanTheDearestPiece) {
  const Philox random(1, Purpose::Test, 4);
  std::vector<double> efforts(500);
  for (std::size_t i = 0; i < efforts.size(); ++i) efforts[i] = random.uniform(i);
  for (const int ranks : {2, 3, 7}) {
    const std::vector<int> owner = share_by_effort(efforts, ranks);
    std::vector<double> load(ranks, 0.0);
    for (std::size_t i = 0; i < efforts.size(); ++i) load[owner[i]] += efforts[i];
    const auto [least, most] = std::minmax_element(load.begin(), load.end());
    EXPECT_LT(*most - *least, *std::max_element(efforts.begin(), efforts.end()));
    EXPECT_NEAR(std::accumulate(load.begin(), load.end(), 0.0),
                std::accumulate(efforts.begin(), efforts.end(), 0.0),
                1e-9);
  }
}

}  // namespace
}  // namespace zo
