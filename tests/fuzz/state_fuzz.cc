#include "src/run/checkpoint.h"
#include "tests/fuzz/small_checkpoint.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zo;
  static fuzz::SmallCheckpoint checkpoint;
  checkpoint.state.assign(fuzz::bytes_of(data, size));
  fuzz::read_or_refuse([&] {
    const Snapshot snapshot = load_checkpoint(checkpoint.path(), checkpoint.network());
    fuzz::require(snapshot.loop.steps >= 0 && snapshot.metrics_bytes >= 0);
    fuzz::require(snapshot.loop.evaluated_step <= snapshot.loop.steps);
  });
  fuzz::read_or_refuse([&] { checkpoint_options(checkpoint.path()); });
  return 0;
}
