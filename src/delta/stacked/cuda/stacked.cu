#include "src/delta/stacked/cuda/reduce.h"
#include "src/delta/stacked/cuda/spread.h"
#include "src/delta/stacked/table.h"
#include "src/kernels/cuda/api.h"

namespace zo {
namespace {

struct CudaLauncher {
  template <class Work>
  static int each(const Work& work) {
    return launch_each(work);
  }
  template <class Work>
  static int planes(const Work& work) {
    return launch_planes(work);
  }
  template <class Work>
  static int reduce(const Work& work) {
    return launch_reduction(work);
  }
  template <class Work>
  static int spread(const Work& work) {
    return launch_spread(work);
  }
  static const char* reason(int) { return launch_failure().c_str(); }
};

template <class T, class S>
void fill(void* table) {
  *static_cast<StackedKernels<T, S>*>(table) = make_stacked_kernels<T, S, CudaLauncher>();
}

}  // namespace
}  // namespace zo

extern "C" std::int64_t zo_cuda_launch_count() { return zo::launch_count(); }

extern "C" void zo_cuda_stacked_kernels(void* float32, void* bf16, void* float64) {
  zo::fill<float, float>(float32);
  zo::fill<float, zo::Bf16>(bf16);
  zo::fill<double, double>(float64);
}
