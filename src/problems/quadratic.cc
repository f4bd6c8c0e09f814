#include "src/problems/quadratic.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "src/base/philox.h"

namespace zo {
namespace {

// Streams of Purpose::Problem.
constexpr std::uint64_t kPairing = 1, kLinear = 2;

/// Eigenvalue number i of d in rising order.
double eigenvalue(const QuadraticShape& shape, std::int64_t i, std::int64_t d) {
  const double share = d > 1 ? static_cast<double>(i) / static_cast<double>(d - 1) : 0.0;
  if (shape.spectrum == "linear") return shape.lowest * (1.0 + share * (shape.condition - 1.0));
  if (shape.spectrum == "two-valued") return shape.lowest * (2 * i < d ? 1.0 : shape.condition);
  return shape.lowest * std::pow(shape.condition, share);
}

/// Q diag(λ) Qᵀ by products.
class RotatedDiagonal : public SymmetricMatrix {
 public:
  RotatedDiagonal(const Rotation& rotation, const std::vector<double>& eigenvalues)
      : rotation_(rotation), eigenvalues_(eigenvalues) {}
  std::int64_t dimension() const override { return static_cast<std::int64_t>(eigenvalues_.size()); }
  void apply(std::span<const double> v, std::span<double> out) const override {
    std::copy(v.begin(), v.end(), out.begin());
    rotation_.turn_back(out);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] *= eigenvalues_[i];
    rotation_.turn(out);
  }
  double trace() const override {
    return std::accumulate(eigenvalues_.begin(), eigenvalues_.end(), 0.0);
  }
  double squared_norm() const override { return inner(eigenvalues_, eigenvalues_); }

 private:
  const Rotation& rotation_;
  const std::vector<double>& eigenvalues_;
};

}  // namespace

Quadratic::Quadratic(std::int64_t dimension, const QuadraticShape& shape, std::uint64_t seed)
    : Problem("quadratic", dimension),
      eigenvalues_(static_cast<std::size_t>(dimension)),
      rotation_(dimension) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(dimension));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  if (shape.structure == "permuted-blocks") order = random_order(dimension, seed, kPairing);
  for (std::int64_t place = 0; place < dimension; ++place) {
    const std::int64_t rank = place % 2 == 0 ? place / 2 : dimension - 1 - place / 2;
    eigenvalues_[order[place]] = eigenvalue(shape, rank, dimension);
  }
  if (shape.structure == "rotated") {
    rotation_ = Rotation::random(dimension, seed);
  } else if (shape.structure != "diagonal") {
    pairs_ = order;
    if (pairs_.size() % 2 != 0) pairs_.pop_back();
    rotation_.add_layer(pairs_, std::numbers::pi / 4.0);
  }
  if (shape.shifted) {
    const Philox random(seed, Purpose::Problem, kLinear);
    for (std::int64_t i = 0; i < dimension; ++i) linear_.push_back(random.normal(i));
    constant_ = random.normal(dimension);
  }
}

std::vector<double> Quadratic::start() const {
  return std::vector<double>(static_cast<std::size_t>(dimension()), 1.0);
}

double Quadratic::value(std::span<const double> x) const {
  std::vector<double> turned(x.begin(), x.end());
  rotation_.turn_back(turned);
  double sum = 0.0;
  for (std::size_t i = 0; i < turned.size(); ++i) sum += eigenvalues_[i] * turned[i] * turned[i];
  return 0.5 * sum + (linear_.empty() ? 0.0 : inner(linear_, x)) + constant_;
}

std::vector<double> Quadratic::gradient(std::span<const double> x) const {
  std::vector<double> g(x.size());
  RotatedDiagonal(rotation_, eigenvalues_).apply(x, g);
  for (std::size_t i = 0; i < linear_.size(); ++i) g[i] += linear_[i];
  return g;
}

std::unique_ptr<SymmetricMatrix> Quadratic::hessian(std::span<const double>) const {
  return std::make_unique<RotatedDiagonal>(rotation_, eigenvalues_);
}

std::optional<Optimum> Quadratic::optimum() const {
  std::vector<double> x(eigenvalues_.size());
  if (!linear_.empty()) {  // −A⁻¹ b
    x = linear_;
    rotation_.turn_back(x);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] /= -eigenvalues_[i];
    rotation_.turn(x);
  }
  return Optimum{value(x), x};
}

}  // namespace zo
