#include "src/dist/agreement.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <exception>
#include <span>
#include <vector>

#include "src/base/error.h"

namespace zo {
namespace {

/// The place of the first entry that is not 0, or the length.
std::size_t first_told(const std::vector<double>& all) {
  return std::find_if(all.begin(), all.end(), [](double a) { return a != 0.0; }) - all.begin();
}

}  // namespace

int agreed(const Communicator& ranks, int own) {
  if (ranks.size() == 1) return own;
  const std::vector<double> all = ranks.gather(own);
  const std::size_t first = first_told(all);
  return first == all.size() ? 0 : static_cast<int>(all[first]);
}

int fail_together(const Communicator& ranks, const std::function<void()>& work) {
  std::exception_ptr thrown;
  int own = 0;
  try {
    work();
  } catch (const Error& error) {
    thrown = std::current_exception();
    own = error.exit_code();
  } catch (...) {
    thrown = std::current_exception();
    own = 1;
  }
  const std::vector<double> all = ranks.gather(own);
  const std::size_t first = first_told(all);
  if (first == static_cast<std::size_t>(ranks.rank())) std::rethrow_exception(thrown);
  return first == all.size() ? 0 : static_cast<int>(all[first]);
}

// FNV-1a, eight bytes at a time.
void BitHash::add(std::uint64_t bits) {
  hash_ = (hash_ ^ bits) * 0x100000001b3u;
  hash_ ^= hash_ >> 32;  // so that high bits, too, reach low ones
}

void BitHash::add(double value) { add(std::bit_cast<std::uint64_t>(value)); }

void BitHash::add(std::span<const double> values) {
  for (const double value : values) add(value);
}

void BitHash::add(std::span<const std::uint8_t> bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes.data() + at, std::min(sizeof bits, bytes.size() - at));
    add(bits);
  }
}

std::string BitHash::text() const { return fmt::format("{:016x}", hash_); }

void require_equal(const Communicator& ranks, const BitHash& own, const std::string& what) {
  if (ranks.size() == 1) return;
  // Halves of 32 bits are exact in float64.
  const std::vector<double> mine = {static_cast<double>(own.value() >> 32),
                                    static_cast<double>(own.value() & 0xffffffffu)};
  const std::vector<int> counts(ranks.size(), 2);
  const std::vector<double> all = ranks.gather(mine, counts);
  for (std::size_t r = 1; r < counts.size(); ++r) {
    if (all[2 * r] == all[0] && all[2 * r + 1] == all[1]) continue;
    fail_run(
        "rank {} {} than rank 0; all ranks need the same program, data, kind of processor or GPU, "
        "and sound memory: go on from the last checkpoint without that host",
        r,
        what);
  }
}

}  // namespace zo
