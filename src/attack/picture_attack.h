#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

#include "data/dataset.h"
#include "models/network.h"
#include "models/weights.h"
#include "src/oracle/loss_oracle.h"
#include "src/problems/problem.h"

namespace zo {

/// A targeted attack on one picture of a trained classifier, in the manner of arXiv 2605.30960,
/// table 1:
///     f(x) = max_{c ≠ t} z_c(p) − z_t(p),   p = clamp(picture + clamp(x, −limit, limit), 0, 1)
/// with the logits z of the network in evaluation (running statistics) and one entry of x for every
/// pixel and channel, in shares of full brightness. f < 0: the network says t. Computed in
/// `precision`; gradients by autograd.
class PictureAttack : public Problem {
 public:
  /// Picture number `picture` of `data`; `target` < 0: the class after the picture's own. Throws
  /// Error(Usage) for a picture or class that is not there, or the picture's own class.
  PictureAttack(const Network& network,
                const Weights& weights,
                const Dataset& data,
                std::int64_t picture,
                std::int64_t target,
                double limit,
                Precision precision = Precision::Float32);

  std::vector<double> start() const override;
  double value(std::span<const double> x) const override;
  std::vector<double> gradient(std::span<const double> x) const override;
  /// Throws Error(Usage): piecewise linear between ReLUs, so nothing that a study could compare with.
  std::unique_ptr<SymmetricMatrix> hessian(std::span<const double> x) const override;
  std::optional<Optimum> optimum() const override { return std::nullopt; }

  std::int64_t target() const { return target_; }
  /// The class with the greatest logit at x.
  std::int64_t predicted(std::span<const double> x) const;

 private:
  at::Tensor point(std::span<const double> x) const;
  at::Tensor logits(const at::Tensor& x) const;  // [classes]
  at::Tensor margin(const at::Tensor& logits) const;

  Network network_;
  std::vector<at::Tensor> parameters_;
  at::Tensor running_, picture_, mean_, stddev_;  // picture [1, C, H, W], 0 … 1
  std::int64_t target_ = 0;
  double limit_ = 0.0;
};

}  // namespace zo
