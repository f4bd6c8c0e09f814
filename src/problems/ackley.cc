#include "src/problems/ackley.h"

#include <cmath>
#include <numbers>

namespace zo {
namespace {

constexpr double kHeight = 20.0, kDecay = 0.2, kTurn = 2.0 * std::numbers::pi;

/// The two ingredients: root mean square of x, and exp of the mean cosine.
struct Parts {
  double rms, bumps;

  explicit Parts(std::span<const double> x) {
    double cosines = 0.0;
    for (const double v : x) cosines += std::cos(kTurn * v);
    const auto d = static_cast<double>(x.size());
    rms = std::sqrt(inner(x, x) / d);
    bumps = std::exp(cosines / d);
  }
  /// The funnel's gradient is this factor times x.
  double funnel(double d) const {
    return rms > 0.0 ? kHeight * kDecay * std::exp(-kDecay * rms) / (d * rms) : 0.0;
  }
};

}  // namespace

std::vector<double> Ackley::start() const {
  return std::vector<double>(static_cast<std::size_t>(dimension()), 1.0);
}

double Ackley::value(std::span<const double> x) const {
  const Parts at(x);
  // Grouped so that both parts vanish exactly at 0.
  return kHeight * -std::expm1(-kDecay * at.rms) + (std::exp(1.0) - at.bumps);
}

std::vector<double> Ackley::gradient(std::span<const double> x) const {
  const Parts at(x);
  const auto d = static_cast<double>(x.size());
  const double funnel = at.funnel(d), wave = at.bumps * kTurn / d;
  std::vector<double> g(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    g[i] = funnel * x[i] + wave * std::sin(kTurn * x[i]);
  }
  return g;
}

std::unique_ptr<SymmetricMatrix> Ackley::hessian(std::span<const double> x) const {
  const Parts at(x);
  const auto d = static_cast<double>(x.size());
  const double funnel = at.funnel(d), wave = at.bumps * kTurn * kTurn / d;
  std::vector<double> diagonal(x.size()), sines(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    diagonal[i] = funnel + wave * std::cos(kTurn * x[i]);
    sines[i] = std::sin(kTurn * x[i]);
  }
  std::vector<BandedMatrix::RankOne> terms;
  terms.emplace_back(-wave / d, std::move(sines));
  if (at.rms > 0.0) {
    terms.emplace_back(-funnel * (kDecay + 1.0 / at.rms) / (d * at.rms),
                       std::vector<double>(x.begin(), x.end()));
  }
  return std::make_unique<BandedMatrix>(
      std::move(diagonal), std::vector<double>{}, std::move(terms));
}

std::optional<Optimum> Ackley::optimum() const {
  return Optimum{0.0, std::vector<double>(static_cast<std::size_t>(dimension()), 0.0)};
}

}  // namespace zo
