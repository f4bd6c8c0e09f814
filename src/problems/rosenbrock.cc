#include "src/problems/rosenbrock.h"

namespace zo {

std::vector<double> Rosenbrock::start() const {
  std::vector<double> x(static_cast<std::size_t>(dimension()));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = i % 2 == 0 ? -1.2 : 1.0;
  return x;
}

double Rosenbrock::value(std::span<const double> x) const {
  double sum = 0.0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double valley = x[i + 1] - x[i] * x[i], slope = 1.0 - x[i];
    sum += alpha_ * valley * valley + slope * slope;
  }
  return sum;
}

std::vector<double> Rosenbrock::gradient(std::span<const double> x) const {
  std::vector<double> g(x.size());
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double valley = x[i + 1] - x[i] * x[i];
    g[i] += -4.0 * alpha_ * x[i] * valley - 2.0 * (1.0 - x[i]);
    g[i + 1] += 2.0 * alpha_ * valley;
  }
  return g;
}

std::unique_ptr<SymmetricMatrix> Rosenbrock::hessian(std::span<const double> x) const {
  std::vector<double> diagonal(x.size()), beside(x.size() - 1);
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    diagonal[i] += alpha_ * (12.0 * x[i] * x[i] - 4.0 * x[i + 1]) + 2.0;
    diagonal[i + 1] += 2.0 * alpha_;
    beside[i] = -4.0 * alpha_ * x[i];
  }
  return std::make_unique<BandedMatrix>(std::move(diagonal), std::move(beside));
}

std::optional<Optimum> Rosenbrock::optimum() const {
  return Optimum{0.0, std::vector<double>(static_cast<std::size_t>(dimension()), 1.0)};
}

}  // namespace zo
