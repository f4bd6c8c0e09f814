#include "src/oracle/loss_oracle.h"

#include <algorithm>
#include <cmath>

#include "src/base/error.h"

namespace zo {
namespace {

void check_direction(const DenseProbe& probe, std::int64_t dimension) {
  for (const auto* entries : {probe.vector.get(), probe.weights.get()}) {
    if (entries != nullptr && static_cast<std::int64_t>(entries->size()) != dimension) {
      fail_run("a direction has {} entries, θ has {}", entries->size(), dimension);
    }
  }
}

void check_edits(std::span<const Edit> edits, std::int64_t dimension) {
  for (const Edit& edit : edits) {
    if (edit.index < 0 || edit.index >= dimension) {
      fail_run("coordinate {} lies outside θ of {} entries", edit.index, dimension);
    }
  }
}

}  // namespace

void LossOracle::begin_batch(std::int64_t batch) {
  base_.reset();
  base_examples_.clear();
  do_begin_batch(batch);
}

double LossOracle::base() {
  if (!base_) {
    base_ = do_base();
    ++ledger_.base;
    ledger_.forward_equivalents += 1.0;
    ledger_.non_finite += std::isfinite(*base_) ? 0 : 1;
  }
  return *base_;
}

void LossOracle::need_examples() const {
  if (examples() == 0) fail_run("this loss is one number: there are no examples behind it");
}

std::span<const double> LossOracle::base_examples() {
  need_examples();
  base();
  if (base_examples_.empty()) {
    base_examples_.resize(examples());
    do_base_examples(base_examples_);
  }
  return base_examples_;
}

std::vector<double> LossOracle::evaluate(std::span<const Probe> probes) { return ask(probes, {}); }

std::vector<double> LossOracle::evaluate(std::span<const Probe> probes, std::vector<double>& rows) {
  need_examples();
  rows.resize(probes.size() * static_cast<std::size_t>(examples()));
  return ask(probes, rows);
}

std::vector<double> LossOracle::ask(std::span<const Probe> probes, std::span<double> rows) {
  for (const Probe& probe : probes) {
    if (const auto* sparse = std::get_if<SparseProbe>(&probe)) {
      check_edits(sparse->edits(), dimension());
    } else {
      check_direction(std::get<DenseProbe>(probe), dimension());
    }
  }
  std::vector<double> losses(probes.size());
  do_evaluate(probes, losses, rows);
  ledger_.probe += static_cast<std::int64_t>(probes.size());
  ledger_.parameters.resize(layout_.segments.size());
  for (const Probe& probe : probes) {
    const double passes = cost(probe);
    ledger_.forward_equivalents += passes;
    const auto* sparse = std::get_if<SparseProbe>(&probe);
    if (sparse == nullptr || sparse->edits().empty()) continue;
    const auto first = std::min_element(
        sparse->edits().begin(), sparse->edits().end(), [](const Edit& a, const Edit& b) {
          return a.index < b.index;
        });
    const Segment& entered = layout_.segment_of(first->index);
    ParameterQueries& there = ledger_.parameters[&entered - layout_.segments.data()];
    ++there.queries;
    there.forward_equivalents += passes;
  }
  ledger_.non_finite +=
      std::count_if(losses.begin(), losses.end(), [](double loss) { return !std::isfinite(loss); });
  return losses;
}

void LossOracle::move(const Update& update) {
  check_edits(update.edits, dimension());
  if (!update.dense.empty() && static_cast<std::int64_t>(update.dense.size()) != dimension()) {
    fail_run("an update has {} entries, θ has {}", update.dense.size(), dimension());
  }
  for (const auto& direction : update.directions) check_direction(direction, dimension());
  do_move(update);
  base_.reset();
  base_examples_.clear();
}

}  // namespace zo
