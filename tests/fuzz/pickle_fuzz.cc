#include "models/torch_file.h"
#include "tests/fuzz/reader_input.h"
#include "tests/models/stored_zip.h"

// The description in an archive that is otherwise sound: checksums keep a mutated archive from
// getting this far.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zo;
  static fuzz::MemoryFile file;
  zo::testing::StoredZip zip;
  zip.add("x/data.pkl", std::string(fuzz::bytes_of(data, size)));
  zip.add("x/data/0", std::string(24, '\x01'));
  zip.add("x/data/1", std::string(8, '\x02'));
  const std::string bytes = zip.bytes();
  file.assign(bytes);
  fuzz::read_or_refuse([&] {
    std::size_t together = 0;
    for (const auto& tensor : read_torch_file(file.path()).tensors) together += tensor.data.size();
    fuzz::require(together <= 4 * bytes.size());
  });
  return 0;
}
