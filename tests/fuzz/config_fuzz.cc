#include "src/run/config_file.h"
#include "tests/fuzz/reader_input.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zo;
  static fuzz::MemoryFile file;
  file.assign(fuzz::bytes_of(data, size));
  fuzz::read_or_refuse([&] { read_config(file.path()); });
  return 0;
}
