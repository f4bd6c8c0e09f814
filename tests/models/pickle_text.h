#pragma once
#include <string>

namespace zo::testing {

// Opcodes of Python's pickle protocol 2, as torch.save writes them.
inline const std::string kPickleStart = "\x80\x02";

inline std::string pickled_text(const std::string& value) {
  std::string bytes = "X";
  for (int byte = 0; byte < 4; ++byte) bytes += static_cast<char>(value.size() >> (8 * byte));
  return bytes + value;
}

inline std::string pickled_integer(int value) {
  std::string bytes = "J";
  for (int byte = 0; byte < 4; ++byte) bytes += static_cast<char>(value >> (8 * byte));
  return bytes;
}

/// A float32 storage of `size` elements in the record data/KEY.
inline std::string pickled_storage(int size, const std::string& key = "0") {
  return "(" + pickled_text("storage") + "ctorch\nFloatStorage\n" + pickled_text(key) +
         pickled_text("cpu") + pickled_integer(size) + "tQ";
}

/// The call that rebuilds a tensor from a storage, its shape and strides given as tuples.
inline std::string pickled_call(const std::string& storage,
                                int offset,
                                const std::string& shape,
                                const std::string& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + pickled_integer(offset) + shape +
         strides + "\x89" + "ccollections\nOrderedDict\n)RtR";
}

/// A float32 tensor [2, 3] in a storage of `size` elements.
inline std::string pickled_tensor(int size = 6,
                                  int offset = 0,
                                  int row_stride = 3,
                                  const std::string& key = "0") {
  return pickled_call(pickled_storage(size, key),
                      offset,
                      pickled_integer(2) + pickled_integer(3) + '\x86',
                      pickled_integer(row_stride) + pickled_integer(1) + '\x86');
}

inline std::string pickled_dict(const std::string& entries) {
  return kPickleStart + "}(" + entries + "u.";
}

}  // namespace zo::testing
