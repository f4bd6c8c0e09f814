// The library of CUDA kernels: it loads on any machine, says why there is no device, and where
// there is one every launcher gives what the loops on the CPU give.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/delta/stacked/cuda/kernels.h"
#include "src/kernels/cuda/library.h"

namespace zo {
namespace {

TEST(CudaLibrary, LoadsAndFillsEveryEntryOfItsTables) {
  const CudaStackedKernels& library = cuda_stacked_kernels();
  const auto holds_no_null = [](const auto& table) {
    std::array<void*, sizeof table / sizeof(void*)> entries{};
    std::memcpy(entries.data(), &table, sizeof table);
    for (void* entry : entries) EXPECT_NE(entry, nullptr);
  };
  holds_no_null(library.float32);
  holds_no_null(library.bf16);
  holds_no_null(library.float64);
  holds_no_null(cpu_stacked_kernels<float, Bf16>());
}

TEST(CudaLibrary, SaysWhyThereIsNoDevice) {
  if (!cuda_library().devices.empty()) GTEST_SKIP() << "this machine has a CUDA device";
  EXPECT_FALSE(cuda_library().why_none.empty());
  EXPECT_EQ(cuda_library().why_none.find("libzotrain_cuda"), std::string::npos)
      << cuda_library().why_none;
}

/// Arrays that kernels work on: on the CPU, or on the GPU through the CUDA runtime.
class Memory {
 public:
  explicit Memory(void* runtime) : runtime_(runtime) {}
  template <class T>
  T* put(const std::vector<T>& values) {
    const std::size_t bytes = values.size() * sizeof(T);
    if (runtime_ == nullptr) {
      arrays_.push_back(std::make_unique<std::vector<char>>(bytes));
      std::memcpy(arrays_.back()->data(), values.data(), bytes);
      return reinterpret_cast<T*>(arrays_.back()->data());
    }
    void* memory = nullptr;  // freed with the process
    EXPECT_EQ(call<int(void**, std::size_t)>("cudaMalloc")(&memory, bytes), 0);
    EXPECT_EQ(copy(memory, values.data(), bytes, 1), 0);
    return static_cast<T*>(memory);
  }
  template <class T>
  std::vector<T> get(const T* memory, std::size_t size) {
    std::vector<T> values(size);
    if (runtime_ == nullptr) {
      std::memcpy(values.data(), memory, size * sizeof(T));
    } else {
      EXPECT_EQ(copy(values.data(), memory, size * sizeof(T), 2), 0);
    }
    return values;
  }

 private:
  template <class Function>
  Function* call(const char* name) {
    auto* found = reinterpret_cast<Function*>(dlsym(runtime_, name));
    EXPECT_NE(found, nullptr) << name;
    return found;
  }
  int copy(void* to, const void* from, std::size_t bytes, int kind) {
    return call<int(void*, const void*, std::size_t, int)>("cudaMemcpy")(to, from, bytes, kind);
  }

  void* runtime_;
  std::vector<std::unique_ptr<std::vector<char>>> arrays_;
};

double number(double value) { return value; }
double number(float value) { return static_cast<double>(value); }
double number(Bf16 value) { return static_cast<double>(to_float(value)); }

/// `size` numbers in (−1, 1), kept as V.
template <class V>
std::vector<V> drawn(std::size_t size, double phase) {
  std::vector<V> values(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double value = std::sin(phase + 1.7 * static_cast<double>(i) + 0.3 * phase * phase);
    if constexpr (std::is_same_v<V, Bf16>) {
      values[i] = to_bf16(static_cast<float>(value));
    } else {
      values[i] = static_cast<V>(value);
    }
  }
  return values;
}

/// One call of every launcher on small arrays; what each wrote.
template <class T, class S>
class Calls {
 public:
  Calls(Memory memory, const StackedKernels<T, S>& kernels)
      : memory_(std::move(memory)), kernels_(kernels) {}

  std::vector<std::pair<std::string, std::vector<double>>> all() {
    base();
    wave();
    return std::move(results_);
  }

 private:
  static constexpr int kPictures = 5, kChannels = 3, kSide = 6, kPixels = kSide * kSide;
  static constexpr int kProbes = 4, kClasses = 10;
  static constexpr std::int64_t kBase = kPictures * kChannels * kPixels;
  static constexpr std::int64_t kWave = kProbes * kBase;
  static constexpr MapShape kShape{kSide, kSide, kSide, kSide, 1};

  template <class V>
  V* room(std::int64_t size) {
    return memory_.put(std::vector<V>(static_cast<std::size_t>(size)));
  }
  template <class V>
  V* draw(std::int64_t size, double phase) {
    return memory_.put(drawn<V>(static_cast<std::size_t>(size), phase));
  }
  template <class V>
  void wrote(int code, const std::string& name, const V* memory, std::int64_t size) {
    EXPECT_EQ(code, 0) << name << ": " << kernels_.base.reason(code);
    std::vector<double> values;
    for (const V& value : memory_.get(memory, static_cast<std::size_t>(size))) {
      values.push_back(number(value));
    }
    results_.emplace_back(name, std::move(values));
  }

  void base() {
    for (const Law law : {Law::Gaussian, Law::Rademacher}) {
      Perturb<T> perturb{1001, draw<T>(1001, 1), room<T>(1001), 0.5, 77, law};
      wrote(kernels_.base.perturb(perturb), "perturb", perturb.out, 1001);
      perturb.weights = draw<double>(1001, 2);
      wrote(kernels_.base.perturb(perturb), "perturb weighted", perturb.out, 1001);
      perturb.vector = draw<double>(1001, 3);
      wrote(kernels_.base.perturb(perturb), "perturb along a vector", perturb.out, 1001);
    }
    y_ = draw<T>(kBase, 4);
    const ChannelMeans<T> means{y_, kPictures, kChannels, kPixels, room<double>(kChannels)};
    wrote(kernels_.base.channel_means(means), "channel means", means.means, kChannels);
    ChannelNorms<T> norms;
    norms.means = means;
    norms.parameters = {draw<T>(kChannels, 5), draw<T>(kChannels, 6), draw<T>(kChannels, 7)};
    norms.epsilon = 1e-5;
    norms.statistics = room<double>(2 * kChannels);
    norms.norms = norms_ = room<BaseNorm>(kChannels);
    norms.lines = room<ChannelLine<T>>(kChannels);
    wrote(kernels_.base.channel_norms(norms), "statistics", norms.statistics, 2 * kChannels);
    const auto* lines = reinterpret_cast<const T*>(norms.lines);
    wrote(0, "channel lines", lines, 3 * kChannels);
    norms.running = norms.statistics;
    wrote(kernels_.base.channel_norms(norms), "running lines", lines, 3 * kChannels);

    ActivateBase<T> activate;
    activate.planes = {1, kPictures, kChannels, kChannels, kPixels, nullptr};
    activate.y = y_;
    activate.lines = norms.lines;
    activate.skip = draw<T>(kPictures * 12 * 12, 8);
    activate.width = kSide;
    activate.skip_channels = activate.skip_before = 1;
    activate.skip_stride = 2;
    activate.skip_height = activate.skip_width = 12;
    activate.relu = true;
    activate.z = z_ = room<T>(kBase);
    activate.a = a_ = room<T>(kBase);
    wrote(kernels_.base.activate(activate), "activations", a_, kBase);
    wrote(0, "what the ReLU reads", z_, kBase);
    const PlaneMeans<T, T> plane{kPictures * kChannels, kPixels, a_, room<T>(kBase)};
    wrote(kernels_.base.plane_means(plane), "plane means", plane.out, kPictures * kChannels);
    logits_ = draw<T>(kPictures * kClasses, 9);
    labels_ = memory_.put(std::vector<std::int32_t>{3, 0, 9, 5, 5});
    const LossRows<T, T> rows{
        1, kPictures, kClasses, logits_, nullptr, labels_, room<double>(kPictures)};
    wrote(kernels_.base.loss_rows(rows), "row losses", rows.losses, kPictures);
    const LossMeans mean{1, kPictures, rows.losses, room<double>(1)};
    wrote(kernels_.base.loss_means(mean), "mean loss", mean.means, 1);
  }

  void wave() {
    // Probes 0 and 3 change one channel each, probe 1 two, probe 2 none.
    const int* first = memory_.put(std::vector<int>{0, 1, 3, 3, 4});
    const int* channel = memory_.put(std::vector<int>{2, 0, 1, 1});
    const Stack few{4, kPictures, 1, kChannels, kPixels, channel};
    const Stack all{kProbes, kPictures, kChannels, kChannels, kPixels, nullptr};
    const std::int64_t few_size = few.size();

    AddEdits<T, S> add;
    add.targets = 2;
    add.pictures = kPictures;
    add.shape = kShape;
    add.target = memory_.put(std::vector<EditTarget>{{0, 0, 3}, {3 * kPictures * kPixels, 3, 4}});
    add.edits = memory_.put(std::vector<PlaneEdit>{{kPixels, -1, 0, 0.3},
                                                   {0, 2 * kPictures * kPixels, 5, -0.2},
                                                   {-1, -1, 4, 0.1},
                                                   {0, -1, 8, 0.7}});
    add.x = draw<T>(kBase, 10);
    add.dx = draw<S>(few_size, 11);
    S* change = draw<S>(few_size, 12);
    add.dy = change;
    add.x_step = kChannels * kPixels;
    add.dx_step = add.dy_step = kPixels;
    wrote(kernels_.add_edits(add), "edits", change, few_size);

    SpreadChannels<T, S> spread;
    spread.probes = kProbes;
    spread.pictures = kPictures;
    spread.channels = spread.in_channels = kChannels;
    spread.shape = {kSide, kSide, kSide / 2, kSide / 2, 2};
    spread.first_change = first;
    spread.channel_of = channel;
    spread.change = change;
    spread.weight = draw<T>(kChannels * kChannels * kPixels, 13);
    spread.dy = room<S>(kWave);
    wrote(kernels_.spread(spread), "convolution of few channels", spread.dy, kWave / 4);
    spread.linear = true;
    spread.taps = kPixels;
    spread.shape = {};
    wrote(kernels_.spread(spread), "product of few channels", spread.dy, kWave / kPixels);

    changes(few, change, "few");
    S* whole = draw<S>(kWave, 14);
    changes(all, whole, "all");

    S* scattered = room<S>(kWave);
    wrote(kernels_.scatter({all, first, channel, change, scattered}), "scatter", scattered, kWave);
    MaxPoolChange<T, S> pool{few, kSide, kSide, a_, change, room<S>(few_size)};
    wrote(kernels_.max_pool(pool), "max pool", pool.out, few_size / 4);
    const PlaneMeans<T, S> plane{kProbes * kPictures, kPixels, change, room<S>(few_size)};
    wrote(kernels_.plane_means(plane), "means of changes", plane.out, kProbes * kPictures);
    const std::int64_t logits = kProbes * kPictures;
    const LossRows<T, S> rows{kProbes,
                              kPictures,
                              kClasses,
                              logits_,
                              draw<S>(logits * kClasses, 15),
                              labels_,
                              room<double>(logits)};
    wrote(kernels_.loss_rows(rows), "losses of probes", rows.losses, logits);
  }

  void changes(const Stack& planes, S* dy, const std::string& which) {
    const std::int64_t groups = planes.probes * planes.channels;
    ChannelChanges<T, S> work;
    work.planes = planes;
    work.dy = dy;
    work.centred = y_;
    work.norms = norms_;
    work.scale_edits = draw<double>(groups, 16);
    work.shift_edits = draw<double>(groups, 17);
    work.changes = room<ChannelChange<T>>(groups);
    const auto* numbers = reinterpret_cast<const T*>(work.changes);
    wrote(kernels_.channel_changes(work), which + ": fixed statistics", numbers, 3 * groups);
    work.follow = true;
    wrote(kernels_.channel_changes(work), which + ": batch statistics", numbers, 3 * groups);
    ActivateChange<T, S> activate;
    activate.planes = planes;
    activate.dy = dy;
    activate.centred = y_;
    activate.z = z_;
    activate.changes = work.changes;
    activate.relu = true;
    if (planes.channels > 1) {
      activate.skip = draw<S>(kProbes * kPictures * 12 * 12, 18);
      activate.width = kSide;
      activate.skip_channels = activate.skip_before = 1;
      activate.skip_stride = 2;
      activate.skip_height = activate.skip_width = 12;
    }
    wrote(kernels_.activate(activate), which + ": activations", dy, planes.size());
  }

  Memory memory_;
  const StackedKernels<T, S>& kernels_;
  std::vector<std::pair<std::string, std::vector<double>>> results_;
  T *y_ = nullptr, *z_ = nullptr, *a_ = nullptr, *logits_ = nullptr;
  BaseNorm* norms_ = nullptr;
  const std::int32_t* labels_ = nullptr;
};

/// `rounding`: of one number as it is kept. Both sides round alike, operation by operation, but for
/// the order of sums and the last places of log, exp, sin and cos, all in double: so a kept number
/// may fall to the other side of a tie, which moves it by one unit, and later steps by a few.
template <class T, class S>
void expect_the_same(const StackedKernels<T, S>& cuda, double rounding) {
  if (cuda_library().devices.empty()) {
    GTEST_SKIP() << "no CUDA device: " << cuda_library().why_none;
  }
  void* runtime = dlopen(ZO_CUDA_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(runtime, nullptr) << dlerror();
  const auto expected = Calls<T, S>(Memory(nullptr), cpu_stacked_kernels<T, S>()).all();
  const auto results = Calls<T, S>(Memory(runtime), cuda).all();
  ASSERT_EQ(results.size(), expected.size());
  for (std::size_t k = 0; k < results.size(); ++k) {
    const auto& [name, values] = expected[k];
    double largest = 0.0;
    for (const double value : values) largest = std::max(largest, std::abs(value));
    EXPECT_GT(largest, 0.0) << name;
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_NEAR(results[k].second[i], values[i], 8.0 * rounding * largest) << name << " " << i;
    }
  }
}

TEST(CudaKernels, EqualTheLoopsOnTheCpuInFloat32) {
  expect_the_same(cuda_stacked_kernels().float32, 0x1p-24);
}
TEST(CudaKernels, EqualTheLoopsOnTheCpuInFloat64) {
  expect_the_same(cuda_stacked_kernels().float64, 0x1p-50);
}
TEST(CudaKernels, EqualTheLoopsOnTheCpuWithBf16Differences) {
  expect_the_same(cuda_stacked_kernels().bf16, 0x1p-9);
}

TEST(CudaKernels, CallsOfEveryLoopOnTheCpuWriteSomething) {
  for (const auto& [name, values] :
       Calls<float, float>(Memory(nullptr), cpu_stacked_kernels<float, float>()).all()) {
    double largest = 0.0;
    for (const double value : values) {
      EXPECT_TRUE(std::isfinite(value)) << name;
      largest = std::max(largest, std::abs(value));
    }
    EXPECT_GT(largest, 0.0) << name;
  }
}

}  // namespace
}  // namespace zo
