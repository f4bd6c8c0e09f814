#include "src/estimators/power_iteration.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

namespace zo {
namespace {

Eigen::MatrixXd orthonormal(const Eigen::MatrixXd& columns) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(columns);
  return qr.householderQ() * Eigen::MatrixXd::Identity(columns.rows(), columns.cols());
}

}  // namespace

std::vector<double> hessian_product(LossOracle& oracle, std::span<const double> v, double radius) {
  std::vector<double> product(v.size());
  std::vector<double> point(v.size());
  for (std::size_t i = 0; i < v.size(); ++i) {
    // Four probes at a time: explicit points of length d are not held for all coordinates at once.
    std::vector<Probe> probes;
    for (const double along : {radius, -radius}) {
      for (const double beside : {radius, -radius}) {
        for (std::size_t j = 0; j < v.size(); ++j) point[j] = along * v[j];
        point[i] += beside;
        DenseProbe probe;
        probe.scale = 1.0;
        probe.vector = std::make_shared<const std::vector<double>>(point);
        probes.emplace_back(std::move(probe));
      }
    }
    const std::vector<double> f = oracle.evaluate(probes);
    product[i] = (f[0] - f[1] - f[2] + f[3]) / (4.0 * radius * radius);
  }
  return product;
}

RitzPairs power_iteration(LossOracle& oracle,
                          const std::vector<std::vector<double>>& start,
                          std::int64_t iterations,
                          double radius) {
  const auto n = static_cast<Eigen::Index>(start.size());
  const auto d = static_cast<Eigen::Index>(start[0].size());
  Eigen::MatrixXd columns(d, n), image(d, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    columns.col(i) = Eigen::Map<const Eigen::VectorXd>(start[i].data(), d);
  }
  for (std::int64_t round = 0; round < iterations; ++round) {
    columns = orthonormal(round == 0 ? columns : image);
    for (Eigen::Index i = 0; i < n; ++i) {
      const Eigen::VectorXd v = columns.col(i);
      const auto product = hessian_product(oracle, {v.data(), static_cast<std::size_t>(d)}, radius);
      image.col(i) = Eigen::Map<const Eigen::VectorXd>(product.data(), d);
    }
    if (!image.allFinite()) {
      return {std::vector<double>(n, std::numeric_limits<double>::quiet_NaN()), start};
    }
  }
  const Eigen::MatrixXd projected = columns.transpose() * image;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> ritz(0.5 *
                                                            (projected + projected.transpose()));
  const Eigen::MatrixXd vectors = columns * ritz.eigenvectors();
  std::vector<Eigen::Index> order(n);
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) {
    return std::abs(ritz.eigenvalues()[a]) > std::abs(ritz.eigenvalues()[b]);
  });
  RitzPairs pairs;
  for (const Eigen::Index i : order) {
    pairs.values.push_back(ritz.eigenvalues()[i]);
    pairs.columns.emplace_back(vectors.col(i).begin(), vectors.col(i).end());
  }
  return pairs;
}

}  // namespace zo
