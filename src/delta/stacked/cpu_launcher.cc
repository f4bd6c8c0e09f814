#include "src/delta/stacked/table.h"

namespace zo {
namespace {

struct CpuLauncher {
  template <class Work>
  static int each(const Work& work) {
    const std::int64_t size = work.size();
    for (std::int64_t i = 0; i < size; ++i) work.compute(i);
    return 0;
  }
  template <class Work>
  static int planes(const Work& work) {
    const Stack& planes = work.planes;
    const auto channels = static_cast<Index>(planes.channels);
    const auto pixels = static_cast<Index>(planes.pixels);
    Stack::Place at{0, 0, 0, 0};
    for (at.probe = 0; at.probe < planes.probes; ++at.probe) {
      for (at.picture = 0; at.picture < planes.pictures; ++at.picture) {
        for (at.channel = 0; at.channel < channels; ++at.channel) {
          for (at.pixel = 0; at.pixel < pixels; ++at.pixel) work.template compute<1>(at);
        }
      }
    }
    return 0;
  }
  template <class Work>
  static int reduce(const Work& work) {
    for (std::int64_t group = 0; group < work.groups(); ++group) {
      TwoSums sums;
      const std::int64_t pictures = work.sums(group) ? work.pictures() : 0;
      for (std::int64_t picture = 0; picture < pictures; ++picture) {
        for (int pixel = 0; pixel < work.pixels(); ++pixel) {
          sums += work.template add<1>(group, picture, pixel);
        }
      }
      work.finish(group, sums);
    }
    return 0;
  }
  template <class Work>
  static int spread(const Work& work) {
    return each(work);
  }
  static const char* reason(int) { return ""; }
};

}  // namespace

const StackedTables& cpu_stacked_tables() {
  static const StackedTables tables{make_stacked_kernels<float, float, CpuLauncher>(),
                                    make_stacked_kernels<float, Bf16, CpuLauncher>(),
                                    make_stacked_kernels<double, double, CpuLauncher>()};
  return tables;
}

}  // namespace zo
