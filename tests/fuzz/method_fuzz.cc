#include "src/run/checkpoint.h"
#include "tests/fuzz/small_checkpoint.h"

// method.safetensors: what the method remembers, statistics and exact weights.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zo;
  static fuzz::SmallCheckpoint checkpoint;
  checkpoint.method.assign(fuzz::bytes_of(data, size));
  const Network& network = checkpoint.network();
  fuzz::read_or_refuse([&] {
    const Snapshot snapshot = load_checkpoint(checkpoint.path(), network);
    fuzz::require(std::ssize(snapshot.weights.theta) == network.layout.dimension());
    fuzz::require(std::ssize(snapshot.weights.norms) == network.norm_size());
    fuzz::require(std::ssize(snapshot.evaluation_norms) == network.norm_size());
  });
  return 0;
}
