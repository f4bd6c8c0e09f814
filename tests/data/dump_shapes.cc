// Writes the shapes set to standard output as 12,000 records of one label byte and 3·32·32 pixels,
// the test set last, for shapes_difficulty.py.
#include <cstdint>
#include <cstdio>

#include "data/shapes.h"

int main() {
  const zo::DataSplits splits = zo::make_shapes();
  for (const zo::Dataset* data : {&splits.train, &splits.test}) {
    for (std::int64_t i = 0; i < data->size(); ++i) {
      std::fputc(data->labels[static_cast<std::size_t>(i)], stdout);
      std::fwrite(data->images.data() + i * data->pixels(), 1, data->pixels(), stdout);
    }
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
