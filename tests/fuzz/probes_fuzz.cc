#include "models/mlp.h"
#include "src/cli/probe_file.h"
#include "tests/fuzz/reader_input.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zo;
  static const Layout layout = make_mlp("mlp", 2, {1, 1, 2}, 2).layout;
  static fuzz::MemoryFile file;
  file.assign(fuzz::bytes_of(data, size));
  fuzz::read_or_refuse([&] {
    for (const Probe& probe : read_probes(file.path(), layout)) {
      if (const auto* sparse = std::get_if<SparseProbe>(&probe)) {
        for (const Edit& edit : sparse->edits()) {
          fuzz::require(edit.index >= 0 && edit.index < layout.dimension());
        }
      }
    }
  });
  return 0;
}
