#include "src/dist/shared_oracle.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "src/dist/agreement.h"
#include "src/dist/share.h"

namespace zo {
namespace {

/// Of what tells lists of probes apart; that a method on one rank has gone another way.
BitHash hash_of(std::span<const Probe> probes) {
  BitHash hash;
  hash.add(std::uint64_t{probes.size()});
  for (const Probe& probe : probes) {
    if (const auto* sparse = std::get_if<SparseProbe>(&probe)) {
      for (const Edit& edit : sparse->edits()) {
        hash.add(static_cast<std::uint64_t>(edit.index));
        hash.add(edit.delta);
      }
    } else {
      const auto& dense = std::get<DenseProbe>(probe);
      hash.add(dense.seed);
      hash.add(dense.scale);
    }
  }
  return hash;
}

class SharedOracle final : public NetworkOracle {
 public:
  SharedOracle(std::unique_ptr<NetworkOracle> own, const Communicator& ranks, RankTimes& times)
      : NetworkOracle(own->layout(), own->precision()),
        own_(std::move(own)),
        ranks_(ranks),
        times_(times) {}

  const Network& network() const override { return own_->network(); }
  double cost(const Probe& probe) const override { return own_->cost(probe); }
  double effort(const Probe& probe) const override { return own_->effort(probe); }
  std::vector<double> values(std::span<const std::int64_t> coordinates) const override {
    return own_->values(coordinates);
  }
  std::vector<double> theta() const override { return own_->theta(); }
  std::int64_t examples() const override { return own_->examples(); }
  std::vector<double> gradient() override { return own_->gradient(); }
  Weights weights() const override { return own_->weights(); }
  void tell(Watch watch) override { own_->tell(std::move(watch)); }

 private:
  void do_begin_batch(std::int64_t batch) override { own_->begin_batch(batch); }
  double do_base() override { return own_->base(); }
  void do_base_examples(std::span<double> rows) override {
    const auto own = own_->base_examples();
    std::copy(own.begin(), own.end(), rows.begin());
  }
  void do_move(const Update& update) override { own_->move(update); }

  void do_evaluate(std::span<const Probe> probes,
                   std::span<double> losses,
                   std::span<double> rows) override {
    require_equal(ranks_, hash_of(probes), "asks for other losses");
    std::vector<double> efforts;
    efforts.reserve(probes.size());
    for (const Probe& probe : probes) efforts.push_back(own_->effort(probe));
    const std::vector<int> owner = share_by_effort(efforts, ranks_.size());
    // Of a rank: a loss a probe, then its examples' losses; the seconds that it took stand in front.
    const std::size_t width = 1 + (rows.empty() ? 0 : static_cast<std::size_t>(own_->examples()));
    std::vector<int> counts(ranks_.size(), 1);
    std::vector<Probe> mine;
    const auto is_sparse = [](const Probe& probe) {
      return std::holds_alternative<SparseProbe>(probe);
    };
    for (std::size_t i = 0; i < probes.size(); ++i) {
      counts[owner[i]] += static_cast<int>(width);
      if (owner[i] == ranks_.rank()) mine.push_back(probes[i]);
    }
    // Behind sparse probes an oracle may have a base point, which BatchNorm's statistics follow: a rank
    // without one computes the first once more, for nothing else.
    const auto first = std::find_if(probes.begin(), probes.end(), is_sparse);
    if (first != probes.end() && std::none_of(mine.begin(), mine.end(), is_sparse)) {
      own_->evaluate({&*first, 1});
    }
    const std::vector<double> all = ranks_.gather(compute(mine, width), counts);

    std::vector<std::size_t> next(counts.size(), 0);  // where a rank's next probe stands in `all`
    double slowest = 0.0, sum = 0.0;
    for (std::size_t r = 0, begin = 0; r < counts.size(); begin += counts[r++]) {
      slowest = std::max(slowest, all[begin]);
      sum += all[begin];
      next[r] = begin + 1;
    }
    times_.slowest += slowest;
    times_.mean += sum / static_cast<double>(counts.size());
    for (std::size_t i = 0; i < probes.size(); ++i) {
      const double* found = &all[next[owner[i]]];
      next[owner[i]] += width;
      losses[i] = found[0];
      if (width > 1) std::copy_n(found + 1, width - 1, &rows[i * (width - 1)]);
    }
  }

  std::vector<double> compute(std::span<const Probe> mine, std::size_t width) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<double> examples;
    const std::vector<double> losses =
        width > 1 ? own_->evaluate(mine, examples) : own_->evaluate(mine);
    std::vector<double> told(1 + mine.size() * width);
    for (std::size_t i = 0; i < mine.size(); ++i) {
      told[1 + i * width] = losses[i];
      std::copy_n(examples.begin() + static_cast<std::ptrdiff_t>(i * (width - 1)),
                  width - 1,
                  &told[1 + i * width] + 1);
    }
    told[0] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return told;
  }

  std::unique_ptr<NetworkOracle> own_;
  const Communicator& ranks_;
  RankTimes& times_;
};

}  // namespace

std::unique_ptr<NetworkOracle> make_shared_oracle(std::unique_ptr<NetworkOracle> own,
                                                  const Communicator& ranks,
                                                  RankTimes& times) {
  return std::make_unique<SharedOracle>(std::move(own), ranks, times);
}

}  // namespace zo
