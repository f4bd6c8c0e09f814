#pragma once
#include <array>
#include <functional>

#include "src/network/network_oracle.h"

namespace zo {

/// Times what a method asks for without waiting for all of it. Of a long list it computes blocks of
/// neighbours in the order of coordinates, as many as take some tenths of a second, so that every
/// layer has its share and waves are as full as in the whole list; the others get the loss of the
/// nearest one computed before them. So what a method makes of them is of no use, but how long it
/// takes is. `whole` must outlive it and counts what is computed here.
class SampledOracle final : public NetworkOracle {
 public:
  using Clock = std::function<double()>;  // seconds, monotonic

  SampledOracle(NetworkOracle& whole, Clock clock);

  /// Seconds that computing took, and those that computing all that was asked for would have taken.
  double computing_s() const { return computing_; }
  double asked_s() const { return asked_; }

  const Network& network() const override { return whole_.network(); }
  Weights weights() const override { return whole_.weights(); }
  double cost(const Probe& probe) const override { return whole_.cost(probe); }
  double effort(const Probe& probe) const override { return whole_.effort(probe); }
  std::vector<double> values(std::span<const std::int64_t> coordinates) const override {
    return whole_.values(coordinates);
  }
  std::vector<double> theta() const override { return whole_.theta(); }
  std::int64_t examples() const override { return whole_.examples(); }
  std::vector<double> gradient() override;

 private:
  void do_begin_batch(std::int64_t batch) override;
  double do_base() override;
  void do_base_examples(std::span<double> rows) override;
  void do_evaluate(std::span<const Probe> probes,
                   std::span<double> losses,
                   std::span<double> rows) override;
  void do_move(const Update& update) override;

  /// Runs `work`; the seconds that it took, which count as computing.
  template <class Work>
  double timed(const Work& work);

  NetworkOracle& whole_;
  Clock clock_;
  double computing_ = 0.0, asked_ = 0.0;
  std::array<std::size_t, 2> enough_;  // probes that took long enough: sparse, dense
};

}  // namespace zo
