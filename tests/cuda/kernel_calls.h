#pragma once
// Every launcher of a table called once on drawn numbers, in the memory of its device.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "src/delta/stacked/table.h"
#include "tests/cuda/memory.h"

namespace zo {

/// Pictures of side × side pixels.
struct KernelSizes {
  int pictures, side;
  double items() const { return static_cast<double>(pictures) * side * side; }
};
/// Planes whose rows hold no whole packs; reductions that every thread strides through, with a rest;
/// ones of three slices, with packs everywhere (a block has 256 threads, a slice 8,192 numbers); and the
/// largest plane that is kept on chip.
constexpr KernelSizes kSmallSizes{5, 6}, kManyItems{29, 12}, kManySlices{70, 16},
    kLargestPlane{3, 32};
constexpr KernelSizes kKernelSizes[] = {kSmallSizes, kManyItems, kManySlices, kLargestPlane};

/// Largest drawn change. The base's y is a sine of height 1, of standard deviation 0.7; a change of
/// at most 0.2 has 0.14, and edits by 0.15 and 0.1 of inputs alike add at most 0.25·(0.7 + 0.14).
/// Standard deviations obey the triangle inequality, so that of y + dy is at least 0.7 − 0.35,
/// whatever the phases: the variance keeps a quarter, and 1/√variance is as well conditioned.
constexpr double kChange = 0.2;

/// One call of every launcher on small arrays; what each wrote.
template <class T, class S>
class Calls {
 public:
  Calls(Memory memory, const StackedKernels<T, S>& kernels, KernelSizes sizes)
      : memory_(std::move(memory)),
        kernels_(kernels),
        pictures_(sizes.pictures),
        side_(sizes.side) {}

  std::vector<std::pair<std::string, std::vector<double>>> all() {
    base();
    wave();
    return std::move(results_);
  }

 private:
  static constexpr int kChannels = 3, kProbes = 4, kClasses = 10;
  static constexpr int kSpreadTo = 37;  // channels: more than a block takes, with a rest

  template <class V>
  V* room(std::int64_t size) {
    return memory_.put(std::vector<V>(static_cast<std::size_t>(size)));
  }
  TwoSums* slice_room(std::int64_t groups) {
    return room<TwoSums>(groups * Slices::of(pictures_, pixels_).count);
  }
  template <class V>
  V* draw(std::int64_t size, double phase, double width = 1.0, double middle = 0.0) {
    return memory_.put(drawn<V>(size, phase, width, middle));
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
    y_ = draw<T>(base_size_, 4, 1.0, 0.5);  // a mean that its sum does not cancel
    const Stack planes{1, pictures_, kChannels, kChannels, pixels_, nullptr};
    const ChannelMeans<T> means{planes, y_, room<double>(kChannels), slice_room(kChannels)};
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
    activate.planes = planes;
    activate.y = y_;
    activate.lines = norms.lines;
    activate.shortcut = {draw<T>(pictures_ * 4 * pixels_, 8), side_, 1, 1, 2, 2 * side_, 2 * side_};
    activate.relu = true;
    activate.z = z_ = room<T>(base_size_);
    activate.a = a_ = room<T>(base_size_);
    wrote(kernels_.base.activate(activate), "activations", a_, base_size_);
    wrote(0, "what the ReLU reads", z_, base_size_);
    const PlaneMeans<T, T> plane{pictures_ * kChannels, pixels_, a_, room<T>(base_size_)};
    wrote(kernels_.base.plane_means(plane), "plane means", plane.out, pictures_ * kChannels);
    logits_ = draw<T>(pictures_ * kClasses, 9);
    std::vector<std::int32_t> labels;
    for (int i = 0; i < pictures_; ++i) labels.push_back((3 + 7 * i) % kClasses);
    labels_ = memory_.put(labels);
    const LossRows<T, T> rows{
        1, pictures_, kClasses, logits_, nullptr, labels_, room<double>(pictures_)};
    wrote(kernels_.base.loss_rows(rows), "row losses", rows.losses, pictures_);
    const LossMeans mean{1, pictures_, rows.losses, room<double>(1)};
    wrote(kernels_.base.loss_means(mean), "mean loss", mean.means, 1);
  }

  void wave() {
    // Probes 0 and 3 change one channel each, probe 1 two, probe 2 none.
    const int* first = memory_.put(std::vector<int>{0, 1, 3, 3, 4});
    const int* channel = memory_.put(std::vector<int>{2, 0, 1, 1});
    const Stack few{4, pictures_, 1, kChannels, pixels_, channel};
    const Stack all{kProbes, pictures_, kChannels, kChannels, pixels_, nullptr};
    const std::int64_t few_size = few.size();

    AddEdits<T, S> add;
    add.targets = 2;
    add.pictures = pictures_;
    add.shape = shape_;
    add.target = memory_.put(std::vector<EditTarget>{{0, 0, 3}, {3 * pictures_ * pixels_, 3, 4}});
    add.edits = memory_.put(std::vector<PlaneEdit>{{pixels_, -1, 0, 0.15},
                                                   {0, 2 * pictures_ * pixels_, 5, -0.1},
                                                   {-1, -1, 4, 0.1},
                                                   {-1, -1, 4, 1.0}});
    add.x = draw<T>(base_size_, 10);
    add.dx = draw<S>(few_size, 11, kChange);
    S* change = draw<S>(few_size, 12, kChange);
    add.dy = change;
    add.x_step = kChannels * pixels_;
    add.dx_step = add.dy_step = pixels_;
    wrote(kernels_.add_edits(add), "edits", change, few_size);

    SpreadChannels<T, S> spread;
    spread.probes = kProbes;
    spread.pictures = pictures_;
    spread.channels = spread.in_channels = kChannels;
    spread.shape = {side_, side_, side_ / 2, side_ / 2, 2};
    spread.first_change = first;
    spread.channel_of = channel;
    spread.change = change;
    spread.weight = draw<T>(kChannels * kChannels * pixels_, 13);
    spread.dy = room<S>(wave_size_);
    wrote(
        kernels_.spread(spread), "strided convolution of few channels", spread.dy, wave_size_ / 4);
    spread.shape = shape_;
    spread.channels = kSpreadTo;
    spread.weight = draw<T>(kSpreadTo * kChannels * 9, 19);
    spread.dy = room<S>(wave_size_ / kChannels * kSpreadTo);
    wrote(kernels_.spread(spread),
          "convolution of few channels",
          spread.dy,
          wave_size_ / kChannels * kSpreadTo);
    spread.channels = kChannels;
    spread.weight = draw<T>(kChannels * kChannels * pixels_, 20);
    spread.linear = true;
    spread.taps = pixels_;
    spread.shape = {};
    wrote(kernels_.spread(spread), "product of few channels", spread.dy, wave_size_ / pixels_);

    changes(few, change, "few");
    std::vector<S> moved = drawn<S>(wave_size_, 14, kChange);
    const std::vector<S> far = drawn<S>(wave_size_, 14, kChange, 1.0);
    for (std::int64_t i = 0; i < wave_size_; ++i) {
      const StackElement e(all, i);
      if (e.probe == 2 && e.channel == 1) moved[i] = far[i];
    }
    S* whole = memory_.put(moved);
    changes(all, whole, "all");

    S* scattered = room<S>(wave_size_);
    wrote(kernels_.scatter({all, first, channel, change, scattered}),
          "scatter",
          scattered,
          wave_size_);
    MaxPoolChange<T, S> pool{few, side_, side_, a_, change, room<S>(few_size)};
    wrote(kernels_.max_pool(pool), "max pool", pool.out, few_size / 4);
    const PlaneMeans<T, S> plane{kProbes * pictures_, pixels_, change, room<S>(few_size)};
    wrote(kernels_.plane_means(plane), "means of changes", plane.out, kProbes * pictures_);
    const std::int64_t logits = kProbes * pictures_;
    const LossRows<T, S> rows{kProbes,
                              pictures_,
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
    work.means = room<double>(groups);
    work.partial = slice_room(groups);
    const auto* numbers = reinterpret_cast<const T*>(work.changes);
    wrote(kernels_.channel_changes(work), which + ": fixed statistics", numbers, 3 * groups);
    work.follow = true;
    wrote(kernels_.channel_changes(work), which + ": batch statistics", numbers, 3 * groups);
    wrote(0, which + ": means to remove", work.means, groups);
    expect_plain(work, true);
    wrote(kernels_.remove_means({work, dy}), which + ": mean removed", dy, planes.size());
    wrote(0, which + ": statistics without means", numbers, 3 * groups);
    expect_plain(work, false);
    ActivateChange<T, S> activate;
    activate.planes = planes;
    activate.dy = dy;
    activate.centred = y_;
    activate.z = z_;
    activate.changes = work.changes;
    activate.relu = true;
    if (planes.channels > 1) {
      activate.shortcut = {
          draw<S>(kProbes * pictures_ * 4 * pixels_, 18), side_, 1, 1, 2, 2 * side_, 2 * side_};
    }
    wrote(kernels_.activate(activate), which + ": activations", dy, planes.size());
  }

  /// Changes with batch statistics against plain loops that take both moments of c + dy in two
  /// passes; holds the condition that kChange gives, and that some means are removed and some are
  /// not. `before`: remove_means has not run.
  void expect_plain(const ChannelChanges<T, S>& work, bool before) {
    const Stack& planes = work.planes;
    const std::int64_t groups = work.groups();
    const auto c = memory_.get(y_, base_size_);
    const auto dy = memory_.get(work.dy, planes.size());
    const auto norms = memory_.get(norms_, kChannels);
    const auto scale = memory_.get(work.scale_edits, groups);
    const auto shift = memory_.get(work.shift_edits, groups);
    const auto changes = memory_.get(work.changes, groups);
    const auto means = memory_.get(work.means, groups);
    const std::vector<int> channel_of{2, 0, 1, 1};
    const double count = static_cast<double>(pictures_) * pixels_;
    int removed = 0;
    for (std::int64_t g = 0; g < groups; ++g) {
      const std::int64_t probe = g / planes.channels, own = g % planes.channels;
      const std::int64_t channel = planes.channels == 1 ? channel_of[probe] : own;
      const auto each = [&](auto&& use) {
        for (int picture = 0; picture < pictures_; ++picture) {
          for (int pixel = 0; pixel < pixels_; ++pixel) {
            use(number(c[(picture * kChannels + channel) * pixels_ + pixel]),
                number(
                    dy[((probe * pictures_ + picture) * planes.channels + own) * pixels_ + pixel]));
          }
        }
      };
      double base = 0.0, moved = 0.0, old_variance = 0.0, variance = 0.0;
      each([&](double x, double d) { base += x / count, moved += d / count; });
      each([&](double x, double d) {
        old_variance += (x - base) * (x - base) / count;
        variance += (x + d - base - moved) * (x + d - base - moved) / count;
      });
      EXPECT_GE(variance, old_variance / 4.0) << g;
      const double slope = (norms[channel].scale + scale[g]) / std::sqrt(variance + 1e-5);
      const double change = slope - norms[channel].scale / std::sqrt(old_variance + 1e-5);
      const double bound = (8.0 * 0.5 * static_cast<double>(std::numeric_limits<T>::epsilon()) +
                            16.0 * count * 0x1p-53) *
                           (std::abs(slope) + std::abs(change) + std::abs(shift[g]));
      EXPECT_NEAR(number(changes[g].slope), slope, bound) << g;
      EXPECT_NEAR(number(changes[g].base), change, bound) << g;
      EXPECT_NEAR(number(changes[g].constant),
                  shift[g] - change * norms[channel].offset - slope * moved,
                  bound)
          << g;
      const bool far = means[g] != 0.0;
      removed += far ? 1 : 0;
      if (before) {
        EXPECT_EQ(far, moved * moved > variance + 1e-5) << g;
        continue;
      }
      // What is left of a removed mean: the rounding of each of the changes as they are kept.
      EXPECT_LE(moved * moved, variance + 1e-5) << g;
    }
    EXPECT_GT(before ? removed : 1, 0);
    EXPECT_LT(removed, groups);
  }

  Memory memory_;
  const StackedKernels<T, S>& kernels_;
  const int pictures_, side_, pixels_ = side_ * side_;
  const std::int64_t base_size_ = std::int64_t{pictures_} * kChannels * pixels_;
  const std::int64_t wave_size_ = kProbes * base_size_;
  const MapShape shape_{side_, side_, side_, side_, 1};
  std::vector<std::pair<std::string, std::vector<double>>> results_;
  T *y_ = nullptr, *z_ = nullptr, *a_ = nullptr, *logits_ = nullptr;
  BaseNorm* norms_ = nullptr;
  const std::int32_t* labels_ = nullptr;
};

}  // namespace zo
