#include "src/attack/picture_attack.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "data/batches.h"
#include "data/shapes.h"
#include "models/forward.h"
#include "models/registry.h"
#include "src/base/error.h"
#include "src/base/philox.h"

namespace zo {
namespace {

constexpr double kLimit = 0.2;  // 51 of 255 steps of brightness

class PictureAttackTest : public testing::Test {
 protected:
  static constexpr std::int64_t kPicture = 3;

  PictureAttackTest() {
    at::set_num_threads(1);  // one picture is too little to share out
    // Statistics that are not those of initialisation, so that leaving them out would tell.
    const Philox random(5, Purpose::Problem, 0);
    for (std::size_t i = 0; i < weights_.norms.size(); ++i) {
      weights_.norms[i] = static_cast<float>(0.3 + random.uniform(i));
    }
  }

  PictureAttack attack(std::int64_t target = -1, Precision precision = Precision::Float64) const {
    return {network_, weights_, data_, kPicture, target, kLimit, precision};
  }
  std::int64_t label() const { return data_.labels[kPicture]; }

  /// Logits of a picture of `data`, the way evaluation computes them.
  std::vector<float> logits_of(const Dataset& data) const {
    const Batch batch = plain_batch(data, kPicture, 1);
    const at::Tensor theta = to_tensor(weights_.theta, at::kFloat);
    const at::Tensor z = forward(network_,
                                 parameter_views(network_, theta),
                                 picture_tensor(batch, network_.input, at::kFloat),
                                 to_tensor(weights_.norms, at::kFloat));
    return {z.const_data_ptr<float>(), z.const_data_ptr<float>() + z.numel()};
  }
  static double margin(const std::vector<float>& z, std::int64_t target) {
    double other = -1e30;
    for (std::size_t c = 0; c < z.size(); ++c) {
      if (static_cast<std::int64_t>(c) != target) other = std::max(other, double{z[c]});
    }
    return other - z[target];
  }

  const Dataset data_ = make_shapes().test;
  const Network network_ = make_network("resnet8", {3, 32, 32}, 10);
  Weights weights_ = initial_weights(network_, 2);
};

// Float32 passes of the other side: logits of order 1 to 10.
constexpr double kRounding = 2e-4;

TEST_F(PictureAttackTest, AtZeroItIsTheMarginOfTheClassBehindThePicturesOwn) {
  const PictureAttack problem = attack();
  EXPECT_EQ(problem.target(), (label() + 1) % 10);
  EXPECT_NEAR(
      problem.value(problem.start()), margin(logits_of(data_), problem.target()), kRounding);
}

TEST_F(PictureAttackTest, AChangeIsThatOfThePixelsWithinTheLimitAndTheRangeOfBrightness) {
  const PictureAttack problem = attack();
  std::vector<double> x = problem.start();
  Dataset changed = data_;
  const Philox random(9, Purpose::Problem, 1);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const int steps = static_cast<int>(160 * random.uniform(i)) - 80;  // beyond the limit of 51 too
    x[i] = steps / 255.0;
    auto& pixel = changed.images[kPicture * data_.pixels() + static_cast<std::int64_t>(i)];
    pixel = static_cast<std::uint8_t>(std::clamp(pixel + std::clamp(steps, -51, 51), 0, 255));
  }
  const double expected = margin(logits_of(changed), problem.target());
  EXPECT_GT(std::abs(expected - problem.value(problem.start())), 100 * kRounding);
  EXPECT_NEAR(problem.value(x), expected, kRounding);
  EXPECT_NEAR(attack(-1, Precision::Float32).value(x), expected, kRounding);
}

TEST_F(PictureAttackTest, IsNegativeJustWhereTheNetworkSaysTheTarget) {
  int said = 0;
  for (std::int64_t target = 0; target < 10; ++target) {
    if (target == label()) continue;
    const PictureAttack problem = attack(target);
    std::vector<double> x = problem.start();
    const std::vector<double> slope = problem.gradient(x);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = slope[i] > 0.0 ? -kLimit : kLimit;
    EXPECT_EQ(problem.value(x) < 0.0, problem.predicted(x) == target) << target;
    said += problem.predicted(x) == target;
  }
  EXPECT_GT(said, 0);
}

TEST_F(PictureAttackTest, GradientIsTheSlopeAndNothingBeyondTheLimit) {
  const PictureAttack problem = attack();
  std::vector<double> x = problem.start();
  const Philox random(11, Purpose::Problem, 2);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.1 * random.uniform(i) + 1e-3;
  x[40] = 0.3;
  x[41] = -0.3;
  const std::vector<double> g = problem.gradient(x);
  EXPECT_EQ(g[40], 0.0);
  EXPECT_EQ(g[41], 0.0);
  // Steps of 1e-6 stay between the kinks of the ReLUs but for a rare one; values of order 10 in
  // float64 leave 1e-9 in a difference of 2e-6, and the slopes are of order 0.01 to 1.
  int close = 0;
  for (std::size_t i = 50; i < x.size(); i += 97) {
    std::vector<double> up = x, down = x;
    up[i] += 1e-6;
    down[i] -= 1e-6;
    const double slope = (problem.value(up) - problem.value(down)) / 2e-6;
    close += std::abs(slope - g[i]) < 1e-6 ? 1 : 0;
  }
  EXPECT_GE(close, 30);  // of 32
}

TEST_F(PictureAttackTest, RefusesPicturesAndClassesThatAreNotThere) {
  EXPECT_THROW(attack(10), Error);
  EXPECT_THROW(attack(label()), Error);
  EXPECT_THROW(PictureAttack(network_, weights_, data_, data_.size(), -1, kLimit), Error);
  EXPECT_THROW(PictureAttack(network_, weights_, data_, -1, -1, kLimit), Error);
  EXPECT_THROW(attack().hessian(attack().start()), Error);
}

}  // namespace
}  // namespace zo
