#pragma once
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "src/delta/placed_probe.h"
#include "src/delta/plan.h"
#include "src/delta/stacked/wave_work.h"

namespace zo {

/// A list of records inside RecordMemory.
template <class Record>
struct RecordList {
  std::size_t offset = 0;
  int count = 0;
};

/// Small lists that kernels read: collected on the host, copied to the device at one go.
class RecordMemory {
 public:
  void clear() { bytes_.clear(); }
  template <class Record>
  RecordList<Record> add(const std::vector<Record>& records) {
    const RecordList<Record> list{bytes_.size(), static_cast<int>(records.size())};
    const std::size_t size = (records.size() * sizeof(Record) + 15) / 16 * 16;
    bytes_.resize(bytes_.size() + size);
    if (!records.empty()) {
      std::memcpy(bytes_.data() + list.offset, records.data(), records.size() * sizeof(Record));
    }
    return list;
  }
  /// Does not wait for what the device is at: what was there before is freed behind it, in the order of
  /// its stream.
  void upload(at::Device device);
  /// The list on the device; null for an empty one.
  template <class Record>
  const Record* get(const RecordList<Record>& list) const {
    if (list.count == 0) return nullptr;
    return reinterpret_cast<const Record*>(device_.const_data_ptr<std::uint8_t>() + list.offset);
  }

 private:
  std::vector<std::uint8_t> bytes_;
  at::Tensor device_;
};

/// The edits of a wave that touch one unit.
struct UnitEdits {
  RecordList<EditTarget> targets;
  RecordList<PlaneEdit> edits;
  RecordList<double> scales, shifts;  // as ChannelChanges takes them
  std::int64_t dx_step = 0, dy_step = 0;
};

/// A wave: probes that enter at the same unit, stacked along the batch axis in `capacity` places. A
/// place without a probe computes the base loss, so shapes, and with them LibTorch's choice of
/// algorithms, do not depend on how many probes there are.
struct WaveRecords {
  int entry = 0;
  int capacity = 0;
  int changes = 0;               // channels that change at the entry, of all probes
  RecordList<int> channel_of;    // of each change
  RecordList<int> first_change;  // capacity + 1
  std::vector<UnitEdits> units;  // unit entry + i

  const UnitEdits& unit(int u) const { return units[u - entry]; }
};

/// Describes a wave of probes for `pictures` pictures.
WaveRecords make_wave_records(const DeltaPlan& plan,
                              std::span<const PlacedProbe> probes,
                              int capacity,
                              std::int64_t pictures,
                              RecordMemory& memory);

}  // namespace zo
