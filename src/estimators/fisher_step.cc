#include "src/estimators/fisher_step.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "src/estimators/quantile.h"
#include "src/estimators/state_fields.h"

namespace zo {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

FisherStep::FisherStep(const FisherOptions& options, std::int64_t dimension)
    : options_(options), moments_(options.first_decay, options.second_decay, dimension) {}

void FisherStep::begin(const Subspace& subspace) {
  blocks_.assign(subspace.blocks() * subspace.packed(), 0.0);
  steps_ = 0;
}

std::vector<double> FisherStep::step(const Subspace& subspace,
                                     std::span<const double> quotients,
                                     std::int64_t examples) {
  const std::int64_t m = subspace.size();
  Matrix rows = Eigen::Map<const Matrix>(quotients.data(), m, examples);
  std::vector<double> mean(m), scale(m);
  for (std::int64_t s = 0; s < m; ++s) {
    const std::int64_t at = subspace.coordinates[s];
    if (rows.row(s).allFinite()) {
      moments_.fold(at, rows.row(s).mean(), rows.row(s).squaredNorm() / examples);
    } else {
      rows.row(s).setZero();
    }
    if (moments_.count(at) == 0) continue;
    mean[s] = moments_.mean(at);
    scale[s] = std::sqrt(moments_.square(at));
  }
  const double least = options_.floor * quantile_of(scale, 0.5);
  for (std::int64_t s = 0; s < m; ++s) {
    scale[s] = std::max(scale[s], least);
    if (scale[s] == 0.0) scale[s] = 1.0;  // nothing was ever seen of any: M̂ is 0 too
    rows.row(s) /= scale[s];
    mean[s] /= scale[s];
  }
  ++steps_;

  std::vector<double> v(m);
  decrement_ = 0.0;
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    const std::int64_t first = subspace.first(j), length = subspace.length(j);
    double* sum = blocks_.data() + j * subspace.packed();
    Matrix fisher = Matrix::Zero(length, length);
    fisher.selfadjointView<Eigen::Lower>().rankUpdate(rows.middleRows(first, length),
                                                      1.0 / examples);
    for (std::int64_t i = 0; i < length; ++i) {
      for (std::int64_t k = 0; k <= i; ++k) {
        double& entry = sum[packed_index(i, k)];
        entry += fisher(i, k);
        fisher(i, k) = entry / static_cast<double>(steps_);
      }
      fisher(i, i) += options_.damping;
    }
    const auto g = Eigen::Map<const Eigen::VectorXd>(mean.data() + first, length);
    const Eigen::VectorXd w = fisher.selfadjointView<Eigen::Lower>().llt().solve(g);
    decrement_ += w.dot(g);
    for (std::int64_t i = 0; i < length; ++i) v[first + i] = w[i] / scale[first + i];
  }
  const double t = decrement_ > 0.0 ? std::sqrt(options_.trust / decrement_) : 0.0;
  for (double& entry : v) entry *= t;
  return v;
}

void FisherStep::save(State& state) const {
  moments_.save(state, "fisher");
  state["fisher.blocks"] = blocks_;
  state["fisher.steps"] = std::vector<std::int64_t>{steps_};
}

void FisherStep::load(const State& state) {
  moments_.load(state, "fisher");
  blocks_ = state_reals(state, "fisher.blocks");
  steps_ = state_integers(state, "fisher.steps", 1)[0];
}

}  // namespace zo
