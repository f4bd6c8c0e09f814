#include "src/run/sampled_oracle.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

namespace zo {
namespace {

// Of probes of coordinates and of dense ones, each of which is a forward pass: seconds of one list that tell
// how long all of it takes, neighbours that are computed together, and where the search for enough begins.
constexpr std::array<double, 2> kEnough = {1.0, 0.5};
constexpr std::array<std::size_t, 2> kBlock = {16, 4}, kFirst = {512, 4};
constexpr std::size_t kKnown = 32;  // computed of a list that was met before
constexpr std::size_t kMoved = 64;  // directions of one move; the rest of it takes next to nothing
constexpr std::size_t kRemembered = 4096;  // probes, more than a method keeps for a period

/// The places of `count` of `size` probes, in blocks of `block` at equal distances.
std::vector<std::size_t> spread(std::size_t size, std::size_t count, std::size_t block) {
  std::vector<std::size_t> places;
  if (4 * count >= 3 * size) {  // little would be saved
    places.resize(size);
    std::iota(places.begin(), places.end(), std::size_t{0});
    return places;
  }
  const std::size_t blocks = std::max<std::size_t>(count / block, 1);
  for (std::size_t b = 0; b < blocks; ++b) {
    // In the middle of their share, so that the first and the last layer count as they should.
    const std::size_t begin = b * size / blocks, end = (b + 1) * size / blocks;
    const std::size_t length = std::min(block, end - begin);
    const std::size_t first = begin + (end - begin - length) / 2;
    for (std::size_t i = 0; i < length; ++i) places.push_back(first + i);
  }
  return places;
}

/// Which coordinates a sparse probe moves, and which way; empty: a dense one. Lengths are left out: they
/// change in their last bits with θ.
std::vector<std::int64_t> place_of(const Probe& probe) {
  std::vector<std::int64_t> place;
  if (const auto* sparse = std::get_if<SparseProbe>(&probe)) {
    for (const Edit& edit : sparse->edits()) {
      place.push_back(2 * edit.index + (std::signbit(edit.delta) ? 1 : 0));
    }
  }
  return place;
}

}  // namespace

SampledOracle::SampledOracle(NetworkOracle& whole, Clock clock)
    : NetworkOracle(whole.layout(), whole.precision()),
      whole_(whole),
      clock_(std::move(clock)),
      enough_(kFirst) {}

template <class Work>
double SampledOracle::timed(const Work& work) {
  const double start = clock_();
  work();
  const double spent = clock_() - start;
  computing_ += spent;
  return spent;
}

std::vector<double> SampledOracle::gradient() {
  std::vector<double> result;
  asked_ += timed([&] { result = whole_.gradient(); });
  return result;
}

void SampledOracle::do_begin_batch(std::int64_t batch) {
  asked_ += timed([&] { whole_.begin_batch(batch); });
}

double SampledOracle::do_base() {
  double loss = 0.0;
  asked_ += timed([&] { loss = whole_.base(); });
  return loss;
}

void SampledOracle::do_base_examples(std::span<double> rows) {
  asked_ += timed([&] {
    const auto known = whole_.base_examples();
    std::copy(known.begin(), known.end(), rows.begin());
  });
}

void SampledOracle::do_move(const Update& update) {
  if (update.directions.size() <= kMoved) {
    asked_ += timed([&] { whole_.move(update); });
    return;
  }
  Update part = update;
  part.directions.resize(kMoved);
  const double share = static_cast<double>(kMoved) / static_cast<double>(update.directions.size());
  asked_ += timed([&] { whole_.move(part); }) / share;
}

void SampledOracle::remember(const Place& place, double loss, std::span<const double> row) {
  if (place.empty() || changes_.size() >= kRemembered) return;
  Change& change = changes_[place];
  change.mean = loss - whole_.base();
  change.examples.clear();
  for (std::size_t e = 0; e < row.size(); ++e) {
    change.examples.push_back(row[e] - whole_.base_examples()[e]);
  }
}

bool SampledOracle::recall(const Place& place, double& loss, std::span<double> row) {
  const auto found = changes_.find(place);
  if (found == changes_.end() || found->second.examples.size() != row.size()) return false;
  loss = whole_.base() + found->second.mean;
  for (std::size_t e = 0; e < row.size(); ++e) {
    row[e] = whole_.base_examples()[e] + found->second.examples[e];
  }
  return true;
}

void SampledOracle::do_evaluate(std::span<const Probe> probes,
                                std::span<double> losses,
                                std::span<double> rows) {
  if (probes.empty()) return;
  std::vector<Place> moved(probes.size());
  std::transform(probes.begin(), probes.end(), moved.begin(), place_of);
  std::vector<std::size_t> order(probes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return moved[a] < moved[b];
  });
  const std::size_t kind = moved[0].empty() ? 1 : 0;
  const auto width = static_cast<std::size_t>(rows.empty() ? 0 : examples());
  const auto row = [&](std::size_t i) { return rows.subspan(i * width, width); };
  std::vector<std::size_t> fresh;  // places of probes that were not met before
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!changes_.contains(moved[order[i]])) fresh.push_back(i);
  }
  const bool met = 4 * fresh.size() < probes.size();
  if (kind == 0) {
    timed([&] {  // what changes are told from; most methods have asked for it
      whole_.base();
      if (width > 0) whole_.base_examples();
    });
  }
  double all = 0.0;
  for (const Probe& probe : probes) all += whole_.effort(probe);
  for (;;) {
    auto places = spread(probes.size(), met ? kKnown : enough_[kind], kBlock[kind]);
    if (met) {
      std::vector<std::size_t> both;
      std::set_union(
          places.begin(), places.end(), fresh.begin(), fresh.end(), std::back_inserter(both));
      places = std::move(both);
    }
    std::vector<Probe> some;
    double share = 0.0;
    for (const std::size_t place : places) {
      some.push_back(probes[order[place]]);
      share += whole_.effort(some.back());
    }
    std::vector<double> found, each;
    const auto compute = [&] {
      found = width > 0 ? whole_.evaluate(some, each) : whole_.evaluate(some);
    };
    // The first dense ones of a process allocate, whichever step and list they come in.
    if (moved[order.front()].empty() && !std::exchange(met_dense_, true)) timed(compute);
    const double spent = timed(compute);
    if (!met && spent < 0.7 * kEnough[kind] && places.size() < probes.size()) {
      const double more = kEnough[kind] / std::max(spent, 1e-9);
      enough_[kind] = static_cast<std::size_t>(static_cast<double>(places.size()) *
                                               std::clamp(more, 2.0, 16.0));
      continue;
    }
    asked_ += spent * all / share;
    for (std::size_t i = 0, known = 0; i < order.size(); ++i) {
      const std::size_t at = order[i];
      if (known + 1 < places.size() && places[known + 1] <= i) ++known;
      if (places[known] != i && recall(moved[at], losses[at], row(at))) continue;
      losses[at] = found[known];
      std::copy_n(
          each.begin() + static_cast<std::ptrdiff_t>(known * width), width, row(at).begin());
      if (places[known] == i) remember(moved[at], losses[at], row(at));
    }
    return;
  }
}

}  // namespace zo
