#include "src/base/symmetric_matrix.h"

#include <numeric>

namespace zo {

double inner(std::span<const double> v, std::span<const double> w) {
  return std::inner_product(v.begin(), v.end(), w.begin(), 0.0);
}

std::vector<double> dense(const SymmetricMatrix& matrix) {
  const auto d = static_cast<std::size_t>(matrix.dimension());
  std::vector<double> entries(d * d), unit(d);
  for (std::size_t row = 0; row < d; ++row) {
    unit[row] = 1.0;
    matrix.apply(unit, std::span(entries).subspan(row * d, d));
    unit[row] = 0.0;
  }
  return entries;
}

BandedMatrix::BandedMatrix(std::vector<double> diagonal,
                           std::vector<double> beside,
                           std::vector<RankOne> terms)
    : diagonal_(std::move(diagonal)), beside_(std::move(beside)), terms_(std::move(terms)) {}

void BandedMatrix::apply_band(std::span<const double> v, std::span<double> out) const {
  for (std::size_t i = 0; i < diagonal_.size(); ++i) out[i] = diagonal_[i] * v[i];
  for (std::size_t i = 0; i < beside_.size(); ++i) {
    out[i] += beside_[i] * v[i + 1];
    out[i + 1] += beside_[i] * v[i];
  }
}

void BandedMatrix::apply(std::span<const double> v, std::span<double> out) const {
  apply_band(v, out);
  for (const auto& [factor, w] : terms_) {
    const double along = factor * inner(v, w);
    for (std::size_t i = 0; i < w.size(); ++i) out[i] += along * w[i];
  }
}

double BandedMatrix::trace() const {
  double sum = std::accumulate(diagonal_.begin(), diagonal_.end(), 0.0);
  for (const auto& [factor, w] : terms_) sum += factor * inner(w, w);
  return sum;
}

double BandedMatrix::squared_norm() const {
  // ‖B + Σ c w wᵀ‖² = ‖B‖² + 2 Σ c wᵀBw + Σ Σ c c' (w·w')².
  double sum = inner(diagonal_, diagonal_) + 2.0 * inner(beside_, beside_);
  std::vector<double> product(diagonal_.size());
  for (const auto& [factor, w] : terms_) {
    apply_band(w, product);
    sum += 2.0 * factor * inner(w, product);
    for (const auto& [other, z] : terms_) {
      const double along = inner(w, z);
      sum += factor * other * along * along;
    }
  }
  return sum;
}

void DenseMatrix::apply(std::span<const double> v, std::span<double> out) const {
  for (std::size_t row = 0; row < out.size(); ++row) {
    out[row] = inner(std::span(entries_).subspan(row * v.size(), v.size()), v);
  }
}

double DenseMatrix::trace() const {
  double sum = 0.0;
  for (std::int64_t i = 0; i < dimension_; ++i) sum += entries_[i * dimension_ + i];
  return sum;
}

double DenseMatrix::squared_norm() const { return inner(entries_, entries_); }

}  // namespace zo
