#pragma once
#include <utility>
#include <vector>

#include "src/oracle/function_oracle.h"

namespace zo::test {

/// A function whose θ never moves: the last update is kept as a vector instead, so that many steps
/// of a method are independent draws of its step at one point.
class StillOracle : public FunctionOracle {
 public:
  using FunctionOracle::FunctionOracle;
  const std::vector<double>& moved() const { return moved_; }

 private:
  void do_move(const Update& update) override {
    moved_.assign(dimension(), 0.0);
    if (!update.dense.empty()) moved_ = update.dense;
    for (const Edit& e : update.edits) moved_[e.index] += e.delta;
    for (const DenseProbe& direction : update.directions) add_direction(direction, moved_);
  }
  std::vector<double> moved_;
};

}  // namespace zo::test
