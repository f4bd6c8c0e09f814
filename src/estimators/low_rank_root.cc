#include "src/estimators/low_rank_root.h"

#include <Eigen/Eigenvalues>
#include <cmath>

namespace zo {

struct LowRankRoot::Factors {
  Eigen::MatrixXd c;     // d × columns
  Eigen::MatrixXd core;  // Q diag(…) Qᵀ
  double root = 1.0;     // √λ
};

LowRankRoot::LowRankRoot(std::vector<std::vector<double>> columns,
                         std::vector<double> weights,
                         double lambda)
    : factors_(std::make_unique<Factors>()) {
  const auto n = static_cast<Eigen::Index>(columns.size());
  const auto d = static_cast<Eigen::Index>(columns.empty() ? 0 : columns[0].size());
  factors_->root = std::sqrt(lambda);
  factors_->c.resize(d, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    factors_->c.col(i) =
        std::sqrt(weights[i]) * Eigen::Map<const Eigen::VectorXd>(columns[i].data(), d);
  }
  if (n == 0) return;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> gram(factors_->c.transpose() * factors_->c);
  const Eigen::ArrayXd whole = (gram.eigenvalues().array().max(0.0) + lambda).sqrt();
  const Eigen::ArrayXd shrink = 1.0 / (factors_->root * whole * (factors_->root + whole));
  factors_->core =
      gram.eigenvectors() * shrink.matrix().asDiagonal() * gram.eigenvectors().transpose();
}

LowRankRoot::~LowRankRoot() = default;
LowRankRoot::LowRankRoot(LowRankRoot&&) noexcept = default;
LowRankRoot& LowRankRoot::operator=(LowRankRoot&&) noexcept = default;

std::vector<double> LowRankRoot::apply(std::span<const double> u) const {
  const Eigen::Map<const Eigen::VectorXd> in(u.data(), static_cast<Eigen::Index>(u.size()));
  Eigen::VectorXd out = in / factors_->root;
  if (factors_->c.cols() > 0) {
    const Eigen::VectorXd along = factors_->c.transpose() * in;
    out -= factors_->c * (factors_->core * along);
  }
  return {out.begin(), out.end()};
}

}  // namespace zo
