#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "src/dist/communicator.h"

namespace zo {

/// One answer for all ranks, each of which calls it with its own: that of rank 0 where that is not 0,
/// else the first that is not.
int agreed(const Communicator& ranks, int own);

/// Does `work` on every rank. Where it throws on any, all come back: the first of them throws what it
/// threw, the others return the exit code that goes with it. 0 where none threw.
int fail_together(const Communicator& ranks, const std::function<void()>& work);

/// A hash of bits in an order.
class BitHash {
 public:
  void add(std::uint64_t bits);
  void add(double value);
  void add(std::span<const double> values);
  void add(std::span<const std::uint8_t> bytes);
  std::uint64_t value() const { return hash_; }
  /// Its 16 hexadecimal digits.
  std::string text() const;

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

/// Throws Error(Run) on every rank where `own` is not that of rank 0 on all: "rank 2 `what` than rank
/// 0", and what that comes from.
void require_equal(const Communicator& ranks, const BitHash& own, const std::string& what);

}  // namespace zo
