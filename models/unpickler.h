#pragma once
#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace zo {

/// A tensor as the pickle of torch.save describes it: a strided window of a storage record.
struct PickledTensor {
  std::string name;
  std::string storage_type;       // "FloatStorage"
  std::string storage_key;        // record data/KEY
  std::int64_t storage_size = 0;  // elements
  std::int64_t offset = 0;        // elements
  std::vector<std::int64_t> shape, strides;

  std::int64_t elements() const {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  }
};

/// Reads the pickle (protocol 2) of a dict or OrderedDict of tensors, and nothing else: no opcode
/// that calls or imports is obeyed; the few names that such files mention are recognised. Windows
/// are checked against their storage, names are different. Time and memory are bounded by the size
/// of the pickle. Throws Error(Run) with the reason; the caller names the file.
std::vector<PickledTensor> unpickle_tensors(std::string_view pickle);

}  // namespace zo
