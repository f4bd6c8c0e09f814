#include "src/oracle/probe.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/base/philox.h"

namespace zo {
SparseProbe::SparseProbe(std::span<const Edit> edits) : edits_{} {
  if (edits.empty() || edits.size() > kMaxEdits) {
    fail_run("a sparse probe takes 1 to {} edits, got {}", kMaxEdits, edits.size());
  }
  for (const Edit& edit : edits) {
    const auto known = this->edits();
    if (std::any_of(
            known.begin(), known.end(), [&](const Edit& e) { return e.index == edit.index; })) {
      fail_run("a sparse probe edits coordinate {} twice", edit.index);
    }
    edits_[count_++] = edit;
  }
}

Probe coordinate_probe(std::int64_t index, double delta) {
  const Edit edit{index, delta};
  return SparseProbe({&edit, 1});
}

Probe pair_probe(Edit a, Edit b) {
  const std::array<Edit, 2> edits{a, b};
  return SparseProbe(edits);
}

double direction_entry(const DenseProbe& probe, std::int64_t index) {
  if (probe.vector) return (*probe.vector)[index];
  const double value = direction_value(probe.seed, probe.law, index);
  return probe.weights ? (*probe.weights)[index] * value : value;
}

void add_direction(const DenseProbe& probe, std::span<double> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  if (probe.vector) {
    for (std::int64_t i = 0; i < size; ++i) values[i] += probe.scale * (*probe.vector)[i];
    return;
  }
  const double* weights = probe.weights ? probe.weights->data() : nullptr;
  const auto add = [&](std::int64_t i, double value) {
    values[i] += probe.scale * (weights ? weights[i] * value : value);
  };
  if (probe.law == Law::Rademacher) {
    for (std::int64_t i = 0; i < size; ++i) add(i, direction_value(probe.seed, probe.law, i));
    return;
  }
  const Philox stream(probe.seed, Purpose::Dense);  // both normals of a block at once
  for (std::int64_t i = 0; i < size; i += 2) {
    double first = 0.0, second = 0.0;
    stream.normal_pair(static_cast<std::uint64_t>(i) >> 1, first, second);
    add(i, first);
    if (i + 1 < size) add(i + 1, second);
  }
}

void add_update(const Update& update, std::span<double> values) {
  for (std::size_t i = 0; i < update.dense.size(); ++i) values[i] += update.dense[i];
  for (const Edit& edit : update.edits) values[edit.index] += edit.delta;
  for (const DenseProbe& direction : update.directions) add_direction(direction, values);
}

std::vector<double> total_change(const Update& update, std::int64_t dimension) {
  std::vector<double> change(dimension, 0.0);
  add_update(update, change);
  return change;
}

}  // namespace zo
