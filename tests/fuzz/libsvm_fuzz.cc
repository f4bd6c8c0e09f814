#include <cmath>

#include "data/libsvm.h"
#include "tests/fuzz/reader_input.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zo;
  static fuzz::MemoryFile file;
  file.assign(fuzz::bytes_of(data, size));
  fuzz::read_or_refuse([&] {
    const SparseExamples examples = read_libsvm(file.path());
    fuzz::require(examples.rows() <= static_cast<std::int64_t>(size));
    fuzz::require(examples.row_start.back() == static_cast<std::int64_t>(examples.value.size()));
    for (const auto column : examples.column) {
      fuzz::require(column >= 0 && column < examples.columns);
    }
    for (const auto value : examples.value) fuzz::require(std::isfinite(value));
  });
  return 0;
}
