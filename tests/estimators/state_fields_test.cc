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

TEST(StateFields, RefusesPlacesThatLieOutside) {
  const State state = {{"at", std::vector<std::int64_t>{-1, 4}}};
  EXPECT_EQ(state_places(state, "at", -1, 5)[1], 4);
  EXPECT_THROW(state_places(state, "at", 0, 5), Error);
  EXPECT_THROW(state_places(state, "at", -1, 4), Error);
  EXPECT_THROW(state_places(state, "at", -1, 5, 3), Error);
}

}  // namespace
}  // namespace zo
