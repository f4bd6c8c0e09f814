#include "src/estimators/state_fields.h"

#include <gtest/gtest.h>

#include "src/base/error.h"

namespace zo {
namespace {

TEST(StateFields, GivesWhatWasSaved) {
  const State state = {{"a", std::vector<double>{0.5}}, {"n", std::vector<std::int64_t>{1, 2}}};
  EXPECT_EQ(state_reals(state, "a", 1)[0], 0.5);
  EXPECT_EQ(state_integers(state, "n")[1], 2);
}

TEST(StateFields, RefusesMissingMistypedAndMissizedEntries) {
  const State state = {{"a", std::vector<double>{0.5}}};
  EXPECT_THROW(state_reals(state, "b"), Error);
  EXPECT_THROW(state_integers(state, "a"), Error);
  EXPECT_THROW(state_reals(state, "a", 2), Error);
}

}  // namespace
}  // namespace zo
