#include "src/delta/plan.h"

#include <algorithm>
#include <iterator>

#include "src/base/error.h"

namespace zo {
namespace {

/// Order of the parts of a unit; a part may follow only an earlier one.
enum class Part { Map, Norm, Skip, Relu, MaxPool, GlobalPool };

class Cutter {
 public:
  explicit Cutter(const Network& network) : network_(network) {
    plan_.layout = network.layout;
    plan_.unit_of_segment.assign(network.layout.segments.size(), -1);
    plan_.classes = network.classes;
  }

  DeltaPlan cut() {
    PlaneShape shape(network_.input.channels, network_.input.height, network_.input.width);
    for (std::size_t i = 0; i < network_.ops.size(); ++i) {
      const Op& op = network_.ops[i];
      if (op.kind == OpKind::Flatten) {
        if (i + 1 == network_.ops.size() || network_.ops[i + 1].kind != OpKind::Linear) refuse(op);
      } else if (op.kind == OpKind::Conv3x3 || op.kind == OpKind::Linear) {
        begin_unit(op, shape);
      } else {
        extend_unit(op);
      }
      if (!plan_.units.empty()) shape = plan_.units.back().out;
      unit_of_op_.push_back(static_cast<int>(plan_.units.size()) - 1);
    }
    if (plan_.units.empty() || part_ != Part::Map ||
        plan_.units.back().map != DeltaUnit::Map::Linear) {
      refuse(network_.ops.back());
    }
    return std::move(plan_);
  }

 private:
  [[noreturn]] void refuse(const Op& op) const {
    fail_usage(
        "--oracle delta: cannot place operation {} of {}; every stage must be convolution or "
        "linear, BatchNorm, shortcut, ReLU, pooling in this order, and the last one a plain linear "
        "layer; use --oracle reference",
        op.name,
        network_.name);
  }

  void begin_unit(const Op& op, const PlaneShape& in) {
    DeltaUnit unit;
    unit.name = op.name;
    unit.map = op.kind == OpKind::Conv3x3 ? DeltaUnit::Map::Conv : DeltaUnit::Map::Linear;
    unit.stride = op.stride;
    if (unit.stride > 2 || (unit.map == DeltaUnit::Map::Conv && in.channels != op.in.channels)) {
      refuse(op);
    }
    unit.weight = op.weight;
    unit.bias = op.bias;
    unit.in = in;
    unit.mid = unit.out = PlaneShape(op.out.channels, op.out.height, op.out.width);
    plan_.units.push_back(unit);
    part_ = Part::Map;
    own(op);
  }

  void extend_unit(const Op& op) {
    const Part part = op.kind == OpKind::BatchNorm  ? Part::Norm
                      : op.kind == OpKind::Residual ? Part::Skip
                      : op.kind == OpKind::Relu     ? Part::Relu
                      : op.kind == OpKind::MaxPool2 ? Part::MaxPool
                                                    : Part::GlobalPool;
    if (plan_.units.empty() || part <= part_) refuse(op);
    part_ = part;
    DeltaUnit& unit = plan_.units.back();
    if (part == Part::Norm) {
      unit.norm = op.norm;
      unit.norm_scale = op.weight;
      unit.norm_shift = op.bias;
      own(op);
    } else if (part == Part::Skip) {
      add_skip(op);
    } else if (part == Part::Relu) {
      unit.relu = true;
    } else {
      (part == Part::MaxPool ? unit.max_pool : unit.global_pool) = true;
      unit.out = PlaneShape(op.out.channels, op.out.height, op.out.width);
    }
  }

  void add_skip(const Op& op) {
    DeltaUnit& unit = plan_.units.back();
    const int current = static_cast<int>(plan_.units.size()) - 1;
    const bool known = op.skip >= 0 && op.skip < static_cast<int>(unit_of_op_.size());
    unit.skip = known ? unit_of_op_[op.skip] : -1;
    // The shortcut must start at the end of an earlier unit, where its output is at hand.
    if (unit.skip < 0 || unit.skip >= current || unit_of_op_[op.skip + 1] == unit.skip) refuse(op);
    const DeltaUnit& source = plan_.units[unit.skip];
    if (source.out.channels > unit.mid.channels) refuse(op);
    unit.skip_stride = op.stride;
    unit.skip_before = (unit.mid.channels - source.out.channels) / 2;
  }

  void own(const Op& op) {
    for (const int segment : {op.weight, op.bias}) {
      if (segment >= 0) {
        plan_.unit_of_segment[segment] = static_cast<int>(plan_.units.size()) - 1;
      }
    }
  }

  const Network& network_;
  DeltaPlan plan_;
  std::vector<int> unit_of_op_;
  Part part_ = Part::GlobalPool;
};

/// A unit of the same shape may overwrite the change it reads: it reads each row before it writes
/// it.
void assign_change_slots(std::vector<DeltaUnit>& units) {
  for (std::size_t u = 1; u < units.size(); ++u) {
    const int before = units[u - 1].change_slot;
    units[u].change_slot = units[u].mid == units[u - 1].mid ? before : 1 - before;
  }
}

/// Outputs that a later unit adds live in as few buffers as possible. The output of unit v is
/// written while unit v + 1 is computed and read last while unit reader + 1 is.
void assign_kept_slots(DeltaPlan& plan) {
  auto& units = plan.units;
  std::vector<int> owner, free_after;  // of each slot
  for (int v = 0; v < static_cast<int>(units.size()); ++v) {
    int reader = -1;
    for (int w = v + 1; w < static_cast<int>(units.size()); ++w) {
      if (units[w].skip == v) reader = w;
    }
    if (reader < 0) continue;
    for (std::size_t slot = 0; slot < owner.size() && units[v].kept_slot < 0; ++slot) {
      // An element is read before the one at its own place is written.
      const bool in_place = free_after[slot] == v + 1 && units[v].skip == owner[slot] &&
                            units[v].skip_stride == 1 && !units[v].pooled() &&
                            units[v].out == units[owner[slot]].out;
      if (free_after[slot] < v + 1 || in_place) units[v].kept_slot = static_cast<int>(slot);
    }
    if (units[v].kept_slot < 0) {
      units[v].kept_slot = static_cast<int>(owner.size());
      owner.push_back(v);
      free_after.push_back(0);
    }
    owner[units[v].kept_slot] = v;
    free_after[units[v].kept_slot] = reader + 1;
  }
  plan.kept_slots = static_cast<int>(owner.size());
}

}  // namespace

PlacedEdit DeltaPlan::place(const Edit& edit) const {
  const Segment& segment = layout.segment_of(edit.index);
  const auto number = static_cast<int>(&segment - layout.segments.data());
  const auto flat = static_cast<int>(edit.index - segment.offset);
  PlacedEdit placed;
  placed.unit = unit_of_segment[number];
  placed.delta = edit.delta;
  const DeltaUnit& unit = units[placed.unit];
  if (number == unit.weight) {
    const int taps = unit.taps();
    placed.out = flat / (unit.in.channels * taps);
    placed.in = flat / taps % unit.in.channels;
    placed.tap = flat % taps;
    return placed;
  }
  placed.kind = number == unit.bias         ? PlacedEdit::Kind::Bias
                : number == unit.norm_scale ? PlacedEdit::Kind::Scale
                                            : PlacedEdit::Kind::Shift;
  placed.out = flat;
  return placed;
}

std::vector<std::int64_t> DeltaPlan::norm_counts(std::int64_t rows) const {
  std::vector<std::int64_t> counts;
  for (const DeltaUnit& unit : units) {
    if (unit.norm < 0) continue;
    if (static_cast<int>(counts.size()) <= unit.norm) counts.resize(unit.norm + 1);
    counts[unit.norm] = rows * unit.mid.pixels();
  }
  return counts;
}

DeltaPlan make_delta_plan(const Network& network) {
  DeltaPlan plan = Cutter(network).cut();
  assign_change_slots(plan.units);
  assign_kept_slots(plan);
  return plan;
}

}  // namespace zo
