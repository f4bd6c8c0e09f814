#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/network.h"
#include "src/oracle/probe.h"

namespace zo {

/// What the delta oracle computes at one go: a linear map and what follows it up to the next one,
/// [Flatten] (Conv3x3 | Linear) [BatchNorm] [Residual] [Relu] [MaxPool2] [GlobalPool].
struct DeltaUnit {
  enum class Map { Conv, Linear };

  std::string name;  // of the linear map
  Map map = Map::Conv;
  int stride = 1;
  int weight = -1, bias = -1;  // segments of the layout, -1: none
  int norm = -1, norm_scale = -1, norm_shift = -1;
  int skip = -1;  // unit whose output is added, -1: none
  int skip_stride = 1;
  int skip_before = 0;  // zero channels in front of the shortcut's (option A)
  bool relu = false, max_pool = false, global_pool = false;
  int last_reader = -1;  // the last unit that adds this one's output as its shortcut, -1: none
  Shape in, mid, out;    // of the map's input, its output, and behind the pooling

  bool pooled() const { return max_pool || global_pool; }
  /// Whether the mean over all pixels stands right behind the activation, which then can be added up
  /// as it is computed.
  bool averaged() const { return global_pool && !max_pool; }
  /// Weights of one pair of channels: 9, or the pixels of the input of a linear layer.
  int taps() const { return map == Map::Conv ? 9 : in.pixels(); }
  /// Multiply-adds for one picture when `channels` of the input change.
  std::int64_t multiply_adds(int channels) const {
    return std::int64_t{mid.pixels()} * mid.channels * channels * taps();
  }
};

/// An edit at its place: weight (out, in, tap), or the bias, scale or shift of channel `out`.
struct PlacedEdit {
  enum class Kind { Weight, Bias, Scale, Shift };
  int unit = 0;
  Kind kind = Kind::Weight;
  int out = 0, in = 0, tap = 0;
  double delta = 0.0;
};

struct DeltaPlan {
  std::vector<DeltaUnit> units;
  Layout layout;
  std::vector<int> unit_of_segment;
  int classes = 0;

  PlacedEdit place(const Edit& edit) const;
  /// Elements a channel of every norm, for `rows` pictures.
  std::vector<std::int64_t> norm_counts(std::int64_t rows) const;
};

/// Cuts a network into units. Throws Error(Usage) for one that is not made of them; the reference
/// oracle runs any network.
DeltaPlan make_delta_plan(const Network& network);

}  // namespace zo
