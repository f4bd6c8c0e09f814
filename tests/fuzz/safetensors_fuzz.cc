#include "models/mlp.h"
#include "models/safetensors.h"
#include "models/weights.h"
#include "tests/fuzz/reader_input.h"

// As any tensors, and as the weights of the smallest network.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zo;
  static const Network network = make_mlp("mlp", 2, {1, 1, 2}, 2);
  static fuzz::MemoryFile file;
  static const fuzz::LinkFolder folder;
  static const std::string path = [] {
    folder.link("x.safetensors", file);
    return folder.path() + "/x.safetensors";
  }();
  file.assign(fuzz::bytes_of(data, size));
  fuzz::read_or_refuse([&] {
    std::size_t together = 0;
    for (const NamedTensor& tensor : read_safetensors(path).tensors) {
      together += tensor.data.size();
      for (const auto extent : tensor.shape) fuzz::require(extent >= 0);
    }
    fuzz::require(together <= size);
  });
  fuzz::read_or_refuse([&] { load_weights(path, network); });
  return 0;
}
