#include "src/kernels/quad2x2.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "src/base/philox.h"

namespace zo {
namespace {

constexpr int kMatrices = 100000;
using Matrix = Eigen::Matrix<long double, 2, 2>;
using Vector = Eigen::Matrix<long double, 2, 1>;

struct Case {
  double h11, h12, h22, g1, g2;
};

/// Entries with random signs and moduli over six decades, so curvatures of 1e-3 meet 1e3.
Case random_case(int number) {
  const Philox random(7, Purpose::Test, static_cast<std::uint64_t>(number));
  const auto entry = [&](std::uint64_t i) {
    const double modulus = std::pow(10.0, 6.0 * random.uniform(2 * i) - 3.0);
    return random.uniform(2 * i + 1) < 0.5 ? -modulus : modulus;
  };
  return {entry(0), entry(1), entry(2), random.normal(20), random.normal(21)};
}

/// |H|_κ⁻¹ g by eigenvectors in extended precision; `smallest` receives the smallest floored
/// modulus.
Vector truth(const Case& c, long double kappa, long double& smallest) {
  Matrix h;
  h << c.h11, c.h12, c.h12, c.h22;
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(h);
  Vector along = solver.eigenvectors().transpose() * Vector(c.g1, c.g2);
  smallest = 1e30L;
  for (int i = 0; i < 2; ++i) {
    const long double floored = std::max(std::fabs(solver.eigenvalues()[i]), kappa);
    smallest = std::min(smallest, floored);
    along[i] /= floored;
  }
  return solver.eigenvectors() * along;
}

/// Holds newton2 against the truth on every random matrix and returns the median relative error.
/// The bound for one: α ≤ 1/μ_min and |γ| ≤ ½/μ_min are off by at most 6 roundings to `epsilon`,
/// and w sums terms of at most 2|g|/μ_min in all; a gradient along the stiff direction cancels most
/// of that, so relative errors have no bound below the condition number.
template <class Real>
double check_all() {
  std::vector<double> result;
  const Real kappa = Real(0.1);
  const double unit = std::numeric_limits<Real>::epsilon();
  for (int number = 0; number < kMatrices; ++number) {
    Case c = random_case(number);
    for (double* value : {&c.h11, &c.h12, &c.h22, &c.g1, &c.g2}) *value = static_cast<Real>(*value);
    long double smallest = 0.0L;
    const Vector expected = truth(c, kappa, smallest);
    const Sym2<Real> h{
        static_cast<Real>(c.h11), static_cast<Real>(c.h12), static_cast<Real>(c.h22)};
    const Newton2<Real> w =
        newton2(eigen2(h), static_cast<Real>(c.g1), static_cast<Real>(c.g2), kappa);
    const auto error = static_cast<double>((Vector(w.w1, w.w2) - expected).norm());
    const auto bound = 16.0 * unit * std::hypot(c.g1, c.g2) / static_cast<double>(smallest);
    EXPECT_LE(error, bound) << "matrix " << number;
    result.push_back(error / static_cast<double>(expected.norm()));
  }
  std::nth_element(result.begin(), result.begin() + kMatrices / 2, result.end());
  return result[kMatrices / 2];
}

TEST(Quad2x2, AgreesWithAnEigendecompositionInDouble) {
  EXPECT_LT(check_all<double>(), std::numeric_limits<double>::epsilon());
}

TEST(Quad2x2, AgreesWithAnEigendecompositionInFloat) {
  EXPECT_LT(check_all<float>(), std::numeric_limits<float>::epsilon());
}

TEST(Quad2x2, EigenvaluesAreAccurateEvenWhereTheyCancel) {
  for (int number = 0; number < kMatrices; ++number) {
    Case c = random_case(number);
    if (number % 2 == 0) c.h22 = c.h12 * c.h12 / c.h11 * (1.0 + 1e-9);  // nearly singular
    const Eigen2<double> e = eigen2(Sym2<double>{c.h11, c.h12, c.h22});
    // The product of the eigenvalues is the determinant, their sum the trace; both in extended
    // precision.
    const long double det =
        static_cast<long double>(c.h11) * c.h22 - static_cast<long double>(c.h12) * c.h12;
    ASSERT_LE(std::fabs(static_cast<double>(static_cast<long double>(e.plus) * e.minus - det)),
              1e-15 * std::fabs(static_cast<double>(det)) + 1e-18 * c.h12 * c.h12);
    const double size = std::max(std::fabs(e.plus), std::fabs(e.minus));
    ASSERT_NEAR(e.plus + e.minus, c.h11 + c.h22, 1e-15 * size);  // 8 roundings
    ASSERT_GE(e.plus, e.minus);
  }
}

TEST(Quad2x2, ZeroMatrixGivesTheGradientOverTheFloor) {
  const Newton2<double> w = newton2(eigen2(Sym2<double>{0.0, 0.0, 0.0}), 3.0, -4.0, 0.5);
  EXPECT_EQ(w.w1, 6.0);
  EXPECT_EQ(w.w2, -8.0);
  EXPECT_EQ(w.clipped, 2);
}

TEST(Quad2x2, NearlyIsotropicMatrixIsNotRuinedByItsTinyAnisotropy) {
  for (const double tiny : {0.0, 1e-300, 1e-20, 1e-16}) {
    const Newton2<double> w = newton2(eigen2(Sym2<double>{2.0, tiny, 2.0 + tiny}), 1.0, 3.0, 0.1);
    EXPECT_NEAR(w.w1, 0.5, 2e-16);
    EXPECT_NEAR(w.w2, 1.5, 4e-16);
    EXPECT_EQ(w.clipped, 0);
  }
}

TEST(Quad2x2, IndefiniteMatrixUsesModuliOfItsEigenvalues) {
  // [[0, 2], [2, 0]] has eigenvalues ±2 along (1, ±1): |H| = 2 I.
  const Newton2<double> mixed = newton2(eigen2(Sym2<double>{0.0, 2.0, 0.0}), 1.0, -5.0, 0.1);
  EXPECT_NEAR(mixed.w1, 0.5, 1e-16);
  EXPECT_NEAR(mixed.w2, -2.5, 1e-16);
  const Newton2<double> split = newton2(eigen2(Sym2<double>{-4.0, 0.0, 8.0}), 1.0, 1.0, 0.1);
  EXPECT_NEAR(split.w1, 0.25, 1e-16);
  EXPECT_NEAR(split.w2, 0.125, 1e-16);
}

TEST(Quad2x2, CountsTheEigenvaluesBelowTheFloor) {
  const Eigen2<double> e = eigen2(Sym2<double>{1.0, 0.0, -0.01});
  EXPECT_EQ(newton2(e, 1.0, 1.0, 0.001).clipped, 0);
  EXPECT_EQ(newton2(e, 1.0, 1.0, 0.1).clipped, 1);
  EXPECT_EQ(newton2(e, 1.0, 1.0, 2.0).clipped, 2);
  EXPECT_NEAR(newton2(e, 1.0, 1.0, 0.1).w2, 10.0, 1e-14);
}

}  // namespace
}  // namespace zo
