#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace zo {

/// Examples of two classes with sparse real features: compressed rows, float64.
struct SparseExamples {
  std::vector<std::int64_t>
      row_start;                     // rows + 1 entries; row r is [row_start[r], row_start[r + 1])
  std::vector<std::int32_t> column;  // counted from 0, rising within a row
  std::vector<double> value;
  std::vector<double> label;  // +1 or −1
  std::int64_t columns = 0;   // greatest feature number found

  std::int64_t rows() const { return static_cast<std::int64_t>(label.size()); }
};

/// Reads the text format of LIBSVM: a line holds "label index:value index:value …", indices counted
/// from 1 and rising. The greater of the two labels becomes +1. Only the first `max_rows` examples
/// are read (0: all). Throws Error(Usage) with file, line and reason: unreadable file, a number
/// that is none or not finite, an index below 1 or not rising, anything but two classes.
SparseExamples read_libsvm(const std::string& path, std::int64_t max_rows = 0);

}  // namespace zo
