#include "src/oracle/function_oracle.h"

#include <utility>

#include "src/base/error.h"
#include "src/kernels/cross_entropy.h"

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

FunctionOracle::FunctionOracle(
    Layout layout, FiniteSum sum, std::vector<double> start, Precision precision, int threads)
    : FunctionOracle(std::move(layout), PlainFunction(), std::move(start), precision, threads) {
  sum_ = std::move(sum);
}

/// At `point`; `rows` receives the losses of examples unless it is empty.
double FunctionOracle::loss(std::span<const double> point, std::span<double> rows) const {
  if (sum_.examples == 0) return function_(point, batch_);
  std::vector<double> own(rows.empty() ? sum_.examples : 0);
  if (rows.empty()) rows = own;
  sum_.losses(point, batch_, rows);
  return mean_of_rows(rows.data(), sum_.examples);
}

std::vector<double> FunctionOracle::values(std::span<const std::int64_t> coordinates) const {
  std::vector<double> result;
  result.reserve(coordinates.size());
  for (const std::int64_t i : coordinates) result.push_back(theta_[i]);
  return result;
}

void FunctionOracle::go_to(const Probe& probe, std::span<double> point) const {
  if (const auto* sparse = std::get_if<SparseProbe>(&probe)) {
    for (const Edit& e : sparse->edits()) {
      point[e.index] = reached(e.index, theta_[e.index], e.delta);
    }
    return;
  }
  add_direction(std::get<DenseProbe>(probe), point);
  for (double& value : point) value = stored(value);
  box_.project(point);
}

double FunctionOracle::loss_at(const Probe& probe,
                               std::vector<double>& point,
                               std::span<double> rows) const {
  go_to(probe, point);
  const double value = loss(point, rows);
  if (const auto* sparse = std::get_if<SparseProbe>(&probe)) {
    for (const Edit& e : sparse->edits()) point[e.index] = theta_[e.index];
  } else {
    point = theta_;
  }
  return value;
}

void FunctionOracle::do_evaluate(std::span<const Probe> probes,
                                 std::span<double> losses,
                                 std::span<double> rows) {
  pool_.run(probes.size(), [&](std::size_t task, int worker) {
    const auto each = rows.empty() ? rows : rows.subspan(task * sum_.examples, sum_.examples);
    losses[task] = loss_at(probes[task], points_[worker], each);
  });
}

void FunctionOracle::do_move(const Update& update) {
  add_update(update, theta_);
  for (double& value : theta_) value = stored(value);
  box_.project(theta_);
  points_.assign(points_.size(), theta_);
}

void FunctionOracle::place(std::vector<double> theta) {
  theta_ = std::move(theta);
  points_.assign(points_.size(), theta_);
}

void FunctionOracle::confine(Box box) {
  box_ = std::move(box);
  box_.project(theta_);
  points_.assign(points_.size(), theta_);
}

}  // namespace zo
