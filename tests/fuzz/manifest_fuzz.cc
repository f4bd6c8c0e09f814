#include "src/run/checkpoint.h"
#include "src/run/checksum.h"
#include "tests/fuzz/small_checkpoint.h"

// SUM0, SUM1 and SUM2 in the input stand for the true sums of the three files.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zo;
  static fuzz::SmallCheckpoint checkpoint;
  static const std::string sums[] = {sha256_of_file(checkpoint.weights.path()),
                                     sha256_of_file(checkpoint.method.path()),
                                     sha256_of_file(checkpoint.state.path())};
  std::string manifest(fuzz::bytes_of(data, size));
  for (const char digit : {'0', '1', '2'}) {
    const std::string word = std::string("SUM") + digit;
    for (auto at = manifest.find(word); at != std::string::npos; at = manifest.find(word, at)) {
      manifest.replace(at, word.size(), sums[digit - '0']);
    }
  }
  checkpoint.manifest.assign(manifest);
  fuzz::read_or_refuse([&] { verify_checkpoint(checkpoint.path()); });
  return 0;
}
