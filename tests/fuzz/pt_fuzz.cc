#include "models/torch_file.h"
#include "tests/fuzz/reader_input.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zo;
  static fuzz::MemoryFile file;
  file.assign(fuzz::bytes_of(data, size));
  fuzz::read_or_refuse([&] {
    std::size_t together = 0;
    for (const auto& tensor : read_torch_file(file.path()).tensors) together += tensor.data.size();
    fuzz::require(together <= 4 * size);
  });
  return 0;
}
