#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace zo {

/// What a parameter does; decides masks and weight decay, nothing else.
enum class Role { Convolution, Linear, Bias, NormScale, NormShift, Plain };

/// One named parameter tensor inside the flat vector θ: elements [offset, offset + size),
/// row-major.
struct Segment {
  std::string name;  // as usual CIFAR ResNets name it, e.g. "layer1.0.conv1.weight"
  std::vector<std::int64_t> shape;
  std::int64_t offset = 0;
  std::int64_t size = 0;
  Role role = Role::Plain;
};

/// How θ of length `dimension()` is cut into parameters, in order of the forward pass.
struct Layout {
  std::vector<Segment> segments;

  std::int64_t dimension() const {
    return segments.empty() ? 0 : segments.back().offset + segments.back().size;
  }
  /// The segment that holds flat coordinate `index` (0 ≤ index < dimension()).
  const Segment& segment_of(std::int64_t index) const;
  /// The segment called `name`, or nullptr.
  const Segment* find(const std::string& name) const;
  /// Appends a segment behind the last; returns its number.
  int append(std::string name, std::vector<std::int64_t> shape, Role role);
};

}  // namespace zo
