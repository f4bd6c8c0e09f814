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
    Shape shape = network_.input;
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

  void begin_unit(const Op& op, const Shape& in) {
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
    unit.mid = unit.out = op.out;
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
      unit.out = op.out;
    }
  }

  void add_skip(const Op& op) {
    DeltaUnit& unit = plan_.units.back();
    const int current = static_cast<int>(plan_.units.size()) - 1;
    const bool known = op.skip >= 0 && op.skip < static_cast<int>(unit_of_op_.size());
    unit.skip = known ? unit_of_op_[op.skip] : -1;
    // The shortcut must start at the end of an earlier unit, where its output is at hand.
    if (unit.skip < 0 || unit.skip >= current || unit_of_op_[op.skip + 1] == unit.skip) refuse(op);
    DeltaUnit& source = plan_.units[unit.skip];
    if (source.out.channels > unit.mid.channels) refuse(op);
    source.last_reader = current;
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

DeltaPlan make_delta_plan(const Network& network) { return Cutter(network).cut(); }

}  // namespace zo
