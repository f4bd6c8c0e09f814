#include "src/run/sampled_oracle.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace zo {
namespace {

constexpr double kEnough = 0.5;  // seconds of one list that tell how long all of it takes
// Neighbours that are computed together, and where the search for enough of them begins. A dense
// probe is a forward pass.
constexpr std::array<std::size_t, 2> kBlock = {16, 4}, kFirst = {128, 4};

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

std::int64_t first_coordinate(const Probe& probe) {
  const auto* sparse = std::get_if<SparseProbe>(&probe);
  return sparse == nullptr || sparse->edits().empty() ? -1 : sparse->edits().front().index;
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
  asked_ += timed([&] { whole_.move(update); });
}

void SampledOracle::do_evaluate(std::span<const Probe> probes,
                                std::span<double> losses,
                                std::span<double> rows) {
  if (probes.empty()) return;
  std::vector<std::size_t> order(probes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return first_coordinate(probes[a]) < first_coordinate(probes[b]);
  });
  const std::size_t kind = std::holds_alternative<DenseProbe>(probes[0]) ? 1 : 0;
  const auto width = static_cast<std::size_t>(rows.empty() ? 0 : examples());
  for (;;) {
    const auto places = spread(probes.size(), enough_[kind], kBlock[kind]);
    std::vector<Probe> some;
    some.reserve(places.size());
    for (const std::size_t place : places) some.push_back(probes[order[place]]);
    std::vector<double> found, each;
    const double spent =
        timed([&] { found = width > 0 ? whole_.evaluate(some, each) : whole_.evaluate(some); });
    if (spent < 0.7 * kEnough && places.size() < probes.size()) {
      const double more = kEnough / std::max(spent, 1e-9);
      enough_[kind] = static_cast<std::size_t>(static_cast<double>(places.size()) *
                                               std::clamp(more, 2.0, 16.0));
      continue;
    }
    asked_ += spent * static_cast<double>(probes.size()) / static_cast<double>(places.size());
    for (std::size_t i = 0, known = 0; i < order.size(); ++i) {
      if (known + 1 < places.size() && places[known + 1] <= i) ++known;
      losses[order[i]] = found[known];
      std::copy_n(each.begin() + static_cast<std::ptrdiff_t>(known * width),
                  width,
                  rows.begin() + static_cast<std::ptrdiff_t>(order[i] * width));
    }
    return;
  }
}

}  // namespace zo
