#include "src/estimators/fisher_block.h"

#include <Eigen/Cholesky>

#include "src/estimators/row_products.h"
#include "src/estimators/subspace.h"

namespace zo {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using View = Eigen::Map<const Matrix>;
using Vector = Eigen::VectorXd;

}  // namespace

FisherBlock::FisherBlock(std::int64_t length, std::int64_t longest_matrix)
    : length_(length), columns_kept_(length > longest_matrix) {
  if (!columns_kept_) sum_.assign(length * (length + 1) / 2, 0.0);
}

void FisherBlock::add(std::span<const double> j, std::int64_t examples) {
  const View seen(j.data(), length_, examples);
  ++steps_;
  examples_ = examples;
  if (!columns_kept_) {
    Matrix fisher = Matrix::Zero(length_, length_);
    fisher.selfadjointView<Eigen::Lower>().rankUpdate(seen, 1.0 / static_cast<double>(examples));
    for (std::int64_t i = 0; i < length_; ++i) {
      for (std::int64_t k = 0; k <= i; ++k) sum_[packed_index(i, k)] += fisher(i, k);
    }
    return;
  }
  columns_.emplace_back(j.begin(), j.end());
  products_.emplace_back(examples * examples * steps_);
  for (std::int64_t t = 0; t < steps_; ++t) {
    add_row_products(j.data(),
                     columns_[t].data(),
                     length_,
                     examples,
                     products_.back().data() + t * examples,
                     examples * steps_);
  }
}

std::vector<double> FisherBlock::solve(std::span<const double> g, double damping) const {
  const Eigen::Map<const Vector> right(g.data(), length_);
  std::vector<double> result(length_);
  Eigen::Map<Vector> w(result.data(), length_);
  if (!columns_kept_) {
    Matrix fisher(length_, length_);
    for (std::int64_t i = 0; i < length_; ++i) {
      for (std::int64_t k = 0; k <= i; ++k) {
        fisher(i, k) = sum_[packed_index(i, k)] / static_cast<double>(steps_);
      }
      fisher(i, i) += damping;
    }
    w = fisher.selfadjointView<Eigen::Lower>().llt().solve(right);
    return result;
  }
  const std::int64_t all = steps_ * examples_;
  Matrix inner(all, all);
  Vector along(all);
  for (std::int64_t t = 0; t < steps_; ++t) {
    const std::int64_t first = t * examples_;
    inner.block(first, 0, examples_, first + examples_) =
        View(products_[t].data(), examples_, first + examples_);
    along.segment(first, examples_).noalias() =
        View(columns_[t].data(), length_, examples_).transpose() * right;
  }
  inner.diagonal().array() += damping * static_cast<double>(all);
  along = inner.selfadjointView<Eigen::Lower>().llt().solve(along);
  w = right;
  for (std::int64_t t = 0; t < steps_; ++t) {
    w.noalias() -=
        View(columns_[t].data(), length_, examples_) * along.segment(t * examples_, examples_);
  }
  w /= damping;
  return result;
}

void FisherBlock::save(std::vector<double>& numbers) const {
  numbers.insert(numbers.end(), sum_.begin(), sum_.end());
  for (const auto& j : columns_) numbers.insert(numbers.end(), j.begin(), j.end());
}

std::size_t FisherBlock::saved(std::int64_t steps, std::int64_t examples) const {
  return columns_kept_ ? steps * length_ * examples : sum_.size();
}

void FisherBlock::load(std::span<const double> numbers, std::int64_t steps, std::int64_t examples) {
  if (!columns_kept_) {
    steps_ = steps;
    sum_.assign(numbers.begin(), numbers.end());
    return;
  }
  const std::int64_t step = length_ * examples;
  for (std::int64_t t = 0; t < steps; ++t) add(numbers.subspan(t * step, step), examples);
}

}  // namespace zo
