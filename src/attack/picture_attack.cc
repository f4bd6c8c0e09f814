#include "src/attack/picture_attack.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <limits>

#include "models/forward.h"
#include "src/base/error.h"

namespace zo {
namespace {

at::Tensor a_channel(const std::array<float, 3>& values, int channels, at::ScalarType type) {
  return at::tensor(at::ArrayRef<float>(values.data(), channels), type).view({1, channels, 1, 1});
}

}  // namespace

PictureAttack::PictureAttack(const Network& network,
                             const Weights& weights,
                             const Dataset& data,
                             std::int64_t picture,
                             std::int64_t target,
                             double limit,
                             Precision precision)
    : Problem("attack", data.pixels()), network_(network), limit_(limit) {
  if (picture < 0 || picture >= data.size()) {
    fail_usage("--image {}: {} has {} pictures, 0 to {}",
               picture,
               data.name,
               data.size(),
               data.size() - 1);
  }
  const std::int64_t own = data.labels[picture];
  target_ = target < 0 ? (own + 1) % data.classes : target;
  if (target_ >= data.classes || target_ == own) {
    fail_usage("--target-class {}: must be one of 0 to {} and not {}, the class of picture {}",
               target_,
               data.classes - 1,
               own,
               picture);
  }
  const auto type = precision == Precision::Float64 ? at::kDouble : at::kFloat;
  parameters_ = parameter_views(network_, to_tensor(weights.theta, type));
  if (!weights.norms.empty()) running_ = to_tensor(weights.norms, type);
  picture_ = at::empty({1, data.channels, data.height, data.width}, at::kByte);
  std::copy_n(data.images.begin() + picture * data.pixels(),
              data.pixels(),
              picture_.mutable_data_ptr<std::uint8_t>());
  picture_ = picture_.to(type) / 255;
  mean_ = a_channel(data.mean, data.channels, type);
  stddev_ = a_channel(data.stddev, data.channels, type);
}

std::vector<double> PictureAttack::start() const {
  return std::vector<double>(static_cast<std::size_t>(dimension()), 0.0);
}

double PictureAttack::value(std::span<const double> x) const {
  const at::NoGradGuard no_gradient;
  return margin(logits(point(x))).item<double>();
}

std::vector<double> PictureAttack::gradient(std::span<const double> x) const {
  const at::AutoGradMode with_gradient(true);
  const at::Tensor at_x = point(x).requires_grad_();
  margin(logits(at_x)).backward();
  const at::Tensor slope = at_x.grad().to(at::kDouble).contiguous();
  return {slope.const_data_ptr<double>(), slope.const_data_ptr<double>() + slope.numel()};
}

std::unique_ptr<SymmetricMatrix> PictureAttack::hessian(std::span<const double> /*x*/) const {
  fail_usage("--problem attack: no exact Hessian is known; choose another problem");
}

std::int64_t PictureAttack::predicted(std::span<const double> x) const {
  const at::NoGradGuard no_gradient;
  return logits(point(x)).argmax().item<std::int64_t>();
}

at::Tensor PictureAttack::point(std::span<const double> x) const {
  // from_blob never writes; the cast only drops a const that its signature lacks.
  const at::Tensor view =
      at::from_blob(const_cast<double*>(x.data()), picture_.sizes(), at::kDouble);
  return view.to(picture_.scalar_type(), /*non_blocking=*/false, /*copy=*/true);
}

at::Tensor PictureAttack::logits(const at::Tensor& x) const {
  const at::Tensor seen = (picture_ + x.clamp(-limit_, limit_)).clamp(0, 1);
  return forward(network_, parameters_, (seen - mean_) / stddev_, running_).squeeze(0);
}

at::Tensor PictureAttack::margin(const at::Tensor& logits) const {
  at::Tensor others = logits.clone();
  others[target_].fill_(-std::numeric_limits<double>::infinity());
  return others.max() - logits[target_];
}

}  // namespace zo
