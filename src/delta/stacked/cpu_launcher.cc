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
  static int reduce(const Work& work) {
    for (std::int64_t group = 0; group < work.groups(); ++group) {
      const std::int64_t items = work.items(group);
      TwoSums sums;
      for (std::int64_t item = 0; item < items; ++item) {
        const TwoSums more = work.add(group, item);
        sums.first += more.first;
        sums.second += more.second;
      }
      work.finish(group, sums);
    }
    return 0;
  }
  static const char* reason(int) { return ""; }
};

}  // namespace

template <class T, class S>
const StackedKernels<T, S>& cpu_stacked_kernels() {
  static const StackedKernels<T, S> table = make_stacked_kernels<T, S, CpuLauncher>();
  return table;
}

template const StackedKernels<float, float>& cpu_stacked_kernels();
template const StackedKernels<float, Bf16>& cpu_stacked_kernels();
template const StackedKernels<double, double>& cpu_stacked_kernels();

}  // namespace zo
