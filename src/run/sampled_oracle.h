#pragma once
#include <array>
#include <functional>
#include <map>
#include <vector>

#include "src/network/network_oracle.h"

namespace zo {

/// Times what a method asks for without waiting for all of it. Of a long list it computes blocks of
/// neighbours in the order of coordinates, as many as take some tenths of a second, so that every
/// layer has its share and waves are as full as in the whole list, and takes their time for the
/// whole by LossOracle::effort. Of a list of coordinates that were all probed before it computes few:
/// the others get the change of loss found then. What is left of a longer one gets the loss of the
/// nearest that was computed. Of a move along many directions it makes the first. So what a method
/// makes of them is of no use, but how long it takes is. `whole` must outlive it and counts what is
/// computed here.
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

  /// What a probe of coordinates changed in the loss, and in that of every example if asked for.
  struct Change {
    double mean = 0.0;
    std::vector<double> examples;
  };
  using Place = std::vector<std::int64_t>;  // coordinates and signs of an edit
  void remember(const Place& place, double loss, std::span<const double> row);
  /// Gives probe `i` the change found before at `place`; false where there is none.
  bool recall(const Place& place, double& loss, std::span<double> row);

  NetworkOracle& whole_;
  Clock clock_;
  std::map<Place, Change> changes_;
  double computing_ = 0.0, asked_ = 0.0;
  std::array<std::size_t, 2> enough_;  // probes that took long enough: sparse, dense
  bool met_dense_ = false;
};

}  // namespace zo
