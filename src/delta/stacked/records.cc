#include "src/delta/stacked/records.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace zo {
namespace {

using Kind = PlacedEdit::Kind;

/// Collects the records of one wave.
class Collector {
 public:
  Collector(const DeltaPlan& plan,
            std::span<const PlacedProbe> probes,
            int capacity,
            std::int64_t pictures)
      : plan_(plan), probes_(probes), capacity_(capacity), pictures_(pictures) {}

  WaveRecords collect(RecordMemory& memory) {
    WaveRecords wave;
    wave.entry = entry_ = probes_[0].entry;
    wave.capacity = capacity_;
    find_changes();
    wave.changes = static_cast<int>(channel_of_.size());
    wave.channel_of = memory.add(channel_of_);
    wave.first_change = memory.add(first_change_);
    for (int u = entry_; u < static_cast<int>(plan_.units.size()); ++u) {
      wave.units.push_back(edits_of(u, memory));
    }
    return wave;
  }

 private:
  /// The entry changes the channels that an edit names.
  void find_changes() {
    for (int p = 0; p < capacity_; ++p) {
      first_change_.push_back(static_cast<int>(channel_of_.size()));
      if (p >= static_cast<int>(probes_.size())) continue;
      const auto channels = probes_[p].channels();
      channel_of_.insert(channel_of_.end(), channels.begin(), channels.end());
    }
    first_change_.push_back(static_cast<int>(channel_of_.size()));
  }

  /// Number of the change of `channel` at the entry of probe `p`, or −1.
  int change_of(int p, int channel) const {
    const int change = probes_[p].change_of(channel);
    return change < 0 ? -1 : first_change_[p] + change;
  }

  /// Whether unit `u` keeps changes of few channels, not whole layers.
  bool narrow(int u) const { return u == entry_ && u + 1 < static_cast<int>(plan_.units.size()); }

  UnitEdits edits_of(int u, RecordMemory& memory) const {
    const DeltaUnit& unit = plan_.units[u];
    const std::int64_t out_pixels = unit.mid.pixels(), in_pixels = unit.in.pixels();
    UnitEdits result;
    result.dy_step = narrow(u) ? out_pixels : unit.mid.channels * out_pixels;
    result.dx_step = u == entry_ + 1 ? in_pixels : unit.in.channels * in_pixels;
    std::vector<EditTarget> targets;
    std::vector<PlaneEdit> edits;
    const std::size_t groups =
        narrow(u) ? channel_of_.size() : std::size_t(capacity_) * std::size_t(unit.mid.channels);
    std::vector<double> scales(groups, 0.0), shifts(groups, 0.0);
    bool norm_edits = false;
    for (int p = 0; p < static_cast<int>(probes_.size()); ++p) {
      std::vector<int> done;
      for (const PlacedEdit& edit : probes_[p].all()) {
        if (edit.unit != u) continue;
        if (edit.kind == Kind::Scale || edit.kind == Kind::Shift) {
          (edit.kind == Kind::Scale ? scales : shifts)[group(u, p, edit.out)] = edit.delta;
          norm_edits = true;
        } else if (std::find(done.begin(), done.end(), edit.out) == done.end()) {
          // All edits of a channel belong to one target: a target's elements are added up in turn.
          done.push_back(edit.out);
          targets.push_back(target(u, p, edit.out, edits));
        }
      }
    }
    result.targets = memory.add(targets);
    result.edits = memory.add(edits);
    if (norm_edits) {
      result.scales = memory.add(scales);
      result.shifts = memory.add(shifts);
    }
    return result;
  }

  std::int64_t group(int u, int p, int channel) const {
    return narrow(u) ? change_of(p, channel)
                     : std::int64_t{p} * plan_.units[u].mid.channels + channel;
  }

  EditTarget target(int u, int p, int channel, std::vector<PlaneEdit>& edits) const {
    const DeltaUnit& unit = plan_.units[u];
    const std::int64_t pixels = unit.mid.pixels();
    EditTarget target;
    target.y = narrow(u) ? change_of(p, channel) * pictures_ * pixels
                         : (p * pictures_ * unit.mid.channels + channel) * pixels;
    target.first = static_cast<int>(edits.size());
    for (const PlacedEdit& edit : probes_[p].all()) {
      const bool own = edit.kind == Kind::Weight || edit.kind == Kind::Bias;
      if (edit.unit == u && edit.out == channel && own) edits.push_back(place(u, p, edit));
    }
    target.last = static_cast<int>(edits.size());
    return target;
  }

  PlaneEdit place(int u, int p, const PlacedEdit& edit) const {
    PlaneEdit placed;
    placed.delta = edit.delta;
    placed.x = -1;
    if (edit.kind == Kind::Bias) return placed;
    const DeltaUnit& unit = plan_.units[u];
    const std::int64_t pixels = unit.in.pixels();
    const bool linear = unit.map == DeltaUnit::Map::Linear;
    const std::int64_t pixel = linear ? edit.tap : 0;
    if (!linear) placed.tap = edit.tap;
    placed.x = edit.in * pixels + pixel;
    if (u == entry_ + 1) {
      const int change = change_of(p, edit.in);
      if (change >= 0) placed.dx = change * pictures_ * pixels + pixel;
    } else if (u > entry_) {
      placed.dx = (p * pictures_ * unit.in.channels + edit.in) * pixels + pixel;
    }
    return placed;
  }

  const DeltaPlan& plan_;
  std::span<const PlacedProbe> probes_;
  int capacity_;
  std::int64_t pictures_;
  int entry_ = 0;
  std::vector<int> channel_of_, first_change_;
};

}  // namespace

void RecordMemory::upload(at::Device device) {
  const at::Tensor host =
      at::from_blob(bytes_.data(), {static_cast<std::int64_t>(bytes_.size())}, at::kByte);
  // From memory that is not pinned CUDA takes its own copy before the call returns.
  device_ = at::empty(host.sizes(), host.options().device(device)).copy_(host, true);
}

WaveRecords make_wave_records(const DeltaPlan& plan,
                              std::span<const PlacedProbe> probes,
                              int capacity,
                              std::int64_t pictures,
                              RecordMemory& memory) {
  return Collector(plan, probes, capacity, pictures).collect(memory);
}

}  // namespace zo
