#include "src/estimators/order_switch.h"

#include <gtest/gtest.h>

namespace zo {
namespace {

/// Numbers of the periods, of `count`, that are probed while every probed one shows `spread`.
std::vector<int> probed(OrderSwitch& order, int count, double spread) {
  std::vector<int> result;
  for (int period = 0; period < count; ++period) {
    if (!order.begin_period()) continue;
    order.see_spread(spread);
    result.push_back(period);
  }
  return result;
}

TEST(OrderSwitch, FlatSpectraAreProbedTwiceAndThenEverMoreRarely) {
  OrderSwitch order;
  EXPECT_EQ(probed(order, 180, 1.5),
            (std::vector<int>{0, 1, 7, 18, 39, 80, 121, 162}));  // waits 5, 10, 20, 40, 40, ...
  EXPECT_TRUE(order.first_order());
}

TEST(OrderSwitch, SteepAndMiddlingSpectraKeepSecondOrder) {
  for (const double spread : {2.0, 3.0, 100.0}) {
    OrderSwitch order;
    EXPECT_EQ(probed(order, 20, spread).size(), 20u);
    EXPECT_FALSE(order.first_order());
  }
}

TEST(OrderSwitch, OneFlatPeriodIsNoProof) {
  OrderSwitch order;
  for (int period = 0; period < 10; ++period) {
    EXPECT_TRUE(order.begin_period());
    order.see_spread(period % 2 == 0 ? 1.0 : 2.5);
  }
  EXPECT_FALSE(order.first_order());
}

TEST(OrderSwitch, ReturnsAtASpreadOfFourAndNotBelow) {
  for (const double spread : {3.9, 4.0}) {
    OrderSwitch order;
    probed(order, 7, 1.0);
    EXPECT_TRUE(order.begin_period());
    order.see_spread(spread);
    EXPECT_EQ(order.first_order(), spread < 4.0);
  }
}

TEST(OrderSwitch, UnexplainedGradientsCallForAProbeAtOnce) {
  for (const double residual : {0.4, 0.6}) {
    OrderSwitch order;
    probed(order, 2, 1.0);
    for (int step = 0; step < 9; ++step) order.see_residual(residual);
    EXPECT_FALSE(order.probes_next());
    order.see_residual(residual);
    EXPECT_EQ(order.probes_next(), residual > 0.5);
  }
}

TEST(OrderSwitch, ContinuesFromItsSavedState) {
  OrderSwitch one, two;
  probed(one, 10, 1.0);
  one.see_residual(0.7);
  State state, again;
  one.save(state);
  two.load(state);
  two.save(again);
  EXPECT_EQ(state, again);
  EXPECT_EQ(probed(one, 30, 1.0), probed(two, 30, 1.0));
}

}  // namespace
}  // namespace zo
