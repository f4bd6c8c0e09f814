#include "src/problems/logistic.h"

#include <Eigen/Cholesky>
#include <cmath>

#include "src/base/error.h"

namespace zo {
namespace {

/// log(1 + eᶻ) without overflow or cancellation.
double softplus(double z) { return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z))); }

/// 1/(1 + e⁻ᶻ).
double sigmoid(double z) {
  const double e = std::exp(-std::abs(z));
  return (z >= 0.0 ? 1.0 : e) / (1.0 + e);
}

SparseExamples with_bias(SparseExamples examples) {
  SparseExamples result{{0}, {}, {}, std::move(examples.label), examples.columns + 1};
  for (std::int64_t row = 0; row < result.rows(); ++row) {
    for (std::int64_t k = examples.row_start[row]; k < examples.row_start[row + 1]; ++k) {
      result.column.push_back(examples.column[k]);
      result.value.push_back(examples.value[k]);
    }
    result.column.push_back(static_cast<std::int32_t>(examples.columns));
    result.value.push_back(1.0);
    result.row_start.push_back(static_cast<std::int64_t>(result.column.size()));
  }
  return result;
}

std::int64_t resolve(const SparseExamples& examples, std::int64_t dimension, bool bias) {
  const std::int64_t needed = examples.columns + (bias ? 1 : 0);
  if (dimension != 0 && dimension < needed) {
    fail_usage("--dim {}: the data need {} coordinates; leave --dim out", dimension, needed);
  }
  return dimension == 0 ? needed : dimension;
}

/// The data with the bias feature in the last coordinate.
SparseExamples widen(SparseExamples examples, std::int64_t dimension, bool bias) {
  if (!bias) return examples;
  examples.columns = dimension - 1;
  return with_bias(std::move(examples));
}

}  // namespace

Logistic::Logistic(SparseExamples examples, std::int64_t dimension, double l2, bool bias)
    : Problem("logistic", resolve(examples, dimension, bias)),
      examples_(widen(std::move(examples), this->dimension(), bias)),
      l2_(l2) {}

std::vector<double> Logistic::start() const {
  return std::vector<double>(static_cast<std::size_t>(dimension()), 0.0);
}

double Logistic::margin(std::int64_t row, std::span<const double> x) const {
  double sum = 0.0;
  for (std::int64_t k = examples_.row_start[row]; k < examples_.row_start[row + 1]; ++k) {
    sum += examples_.value[k] * x[examples_.column[k]];
  }
  return examples_.label[row] * sum;
}

double Logistic::value(std::span<const double> x) const {
  double sum = 0.0;
  for (std::int64_t row = 0; row < examples_.rows(); ++row) sum += softplus(-margin(row, x));
  return sum / static_cast<double>(examples_.rows()) + 0.5 * l2_ * inner(x, x);
}

void Logistic::example_values(std::span<const double> x, std::span<double> values) const {
  const double penalty = 0.5 * l2_ * inner(x, x);
  for (std::int64_t row = 0; row < examples_.rows(); ++row) {
    values[row] = softplus(-margin(row, x)) + penalty;
  }
}

std::vector<double> Logistic::gradient(std::span<const double> x) const {
  std::vector<double> g(x.size());
  const auto n = static_cast<double>(examples_.rows());
  for (std::int64_t row = 0; row < examples_.rows(); ++row) {
    const double weight = -examples_.label[row] * sigmoid(-margin(row, x)) / n;
    for (std::int64_t k = examples_.row_start[row]; k < examples_.row_start[row + 1]; ++k) {
      g[examples_.column[k]] += weight * examples_.value[k];
    }
  }
  for (std::size_t i = 0; i < g.size(); ++i) g[i] += l2_ * x[i];
  return g;
}

std::vector<double> Logistic::hessian_entries(std::span<const double> x) const {
  const auto d = x.size();
  std::vector<double> h(d * d);
  const auto n = static_cast<double>(examples_.rows());
  for (std::int64_t row = 0; row < examples_.rows(); ++row) {
    const double m = margin(row, x);
    const double weight = sigmoid(m) * sigmoid(-m) / n;
    const std::int64_t begin = examples_.row_start[row], end = examples_.row_start[row + 1];
    for (std::int64_t k = begin; k < end; ++k) {
      const double scaled = weight * examples_.value[k];
      double* line = h.data() + static_cast<std::size_t>(examples_.column[k]) * d;
      for (std::int64_t l = begin; l < end; ++l) {
        line[examples_.column[l]] += scaled * examples_.value[l];
      }
    }
  }
  for (std::size_t i = 0; i < d; ++i) h[i * d + i] += l2_;
  return h;
}

std::unique_ptr<SymmetricMatrix> Logistic::hessian(std::span<const double> x) const {
  return std::make_unique<DenseMatrix>(dimension(), hessian_entries(x));
}

std::optional<Optimum> Logistic::optimum() const {
  if (dimension() > kNewtonLimit) return std::nullopt;
  constexpr int kMaxSteps = 200;
  // Features that repeat one another leave the Hessian singular along directions without slope; a
  // shift far below every curvature that matters makes the factorisation exist.
  constexpr double kShift = 1e-10;
  std::vector<double> x = start();
  double here = value(x);
  for (int step = 0; step < kMaxSteps; ++step) {
    const std::vector<double> g = gradient(x), h = hessian_entries(x);
    Eigen::MatrixXd matrix = Eigen::Map<const Eigen::MatrixXd>(h.data(), dimension(), dimension());
    matrix.diagonal().array() += kShift * matrix.diagonal().maxCoeff();
    const Eigen::VectorXd slope = Eigen::Map<const Eigen::VectorXd>(g.data(), dimension());
    const Eigen::VectorXd direction = -matrix.llt().solve(slope);
    const double decrement = -slope.dot(direction);
    if (!(decrement > 1e-14)) break;
    double length = 1.0, there = here;
    std::vector<double> next(x.size());
    for (; length > 1e-10; length *= 0.5) {
      for (std::size_t i = 0; i < x.size(); ++i) next[i] = x[i] + length * direction[i];
      there = value(next);
      if (there <= here - 1e-4 * length * decrement) break;
    }
    if (!(there < here)) break;
    x = next;
    here = there;
  }
  return Optimum{here, std::move(x)};
}

}  // namespace zo
