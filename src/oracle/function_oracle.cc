#include "src/oracle/function_oracle.h"

#include <utility>

#include "src/base/error.h"

namespace zo {

Layout plain_layout(std::int64_t dimension) {
  Layout layout;
  layout.append("x", {dimension}, Role::Plain);
  return layout;
}

FunctionOracle::FunctionOracle(PlainFunction function,
                               const std::vector<double>& start,
                               int threads)
    : FunctionOracle(plain_layout(static_cast<std::int64_t>(start.size())),
                     std::move(function),
                     start,
                     Precision::Float64,
                     threads) {}

FunctionOracle::FunctionOracle(Layout layout,
                               PlainFunction function,
                               std::vector<double> start,
                               Precision precision,
                               int threads)
    : LossOracle(std::move(layout), precision),
      function_(std::move(function)),
      theta_(std::move(start)),
      pool_(threads) {
  if (static_cast<std::int64_t>(theta_.size()) != dimension()) {
    fail_run("the start point has {} entries, θ has {}", theta_.size(), dimension());
  }
  for (double& value : theta_) value = stored(value);
  points_.assign(pool_.size(), theta_);
}

std::vector<double> FunctionOracle::values(std::span<const std::int64_t> coordinates) const {
  std::vector<double> result;
  result.reserve(coordinates.size());
  for (const std::int64_t i : coordinates) result.push_back(theta_[i]);
  return result;
}

double FunctionOracle::loss_at(const Probe& probe, std::vector<double>& point) const {
  double loss = 0.0;
  if (const auto* sparse = std::get_if<SparseProbe>(&probe)) {
    for (const Edit& e : sparse->edits()) point[e.index] = stored(theta_[e.index] + e.delta);
    loss = function_(point, batch_);
    for (const Edit& e : sparse->edits()) point[e.index] = theta_[e.index];
  } else {
    add_direction(std::get<DenseProbe>(probe), point);
    for (double& value : point) value = stored(value);
    loss = function_(point, batch_);
    point = theta_;
  }
  return loss;
}

void FunctionOracle::do_evaluate(std::span<const Probe> probes, std::span<double> losses) {
  pool_.run(probes.size(), [&](std::size_t task, int worker) {
    losses[task] = loss_at(probes[task], points_[worker]);
  });
}

void FunctionOracle::do_move(const Update& update) {
  add_update(update, theta_);
  for (double& value : theta_) value = stored(value);
  points_.assign(points_.size(), theta_);
}

}  // namespace zo
