#include "data/cifar.h"
#include "tests/fuzz/reader_input.h"

// Two records of pictures of 2×2 pixels; the first byte says how many label bytes they have.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zo;
  if (size == 0) return 0;
  static fuzz::MemoryFile file;
  file.assign(fuzz::bytes_of(data + 1, size - 1));
  Dataset pictures;
  pictures.name = "tiny";
  pictures.height = pictures.width = 2;
  pictures.classes = 10;
  const CifarRecords records{.count = 2, .label_bytes = 1 + data[0] % 2};
  fuzz::read_or_refuse([&] { append_cifar_file(file.path(), records, "unpack it", pictures); });
  fuzz::require(pictures.size() == 0 || pictures.size() == 2);
  fuzz::require(static_cast<std::int64_t>(pictures.images.size()) == pictures.size() * 12);
  for (const auto label : pictures.labels) fuzz::require(label < 10);
  return 0;
}
