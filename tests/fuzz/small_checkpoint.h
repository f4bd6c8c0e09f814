#pragma once
#include <string>

#include "models/network.h"
#include "tests/fuzz/reader_input.h"

namespace zo::fuzz {

/// A sound checkpoint of the smallest network, whose files are links to memory so that a target can
/// replace one of them.
class SmallCheckpoint {
 public:
  SmallCheckpoint();
  const std::string& path() const { return folder_.path(); }
  const Network& network() const { return network_; }

  MemoryFile manifest, state, method, weights;

 private:
  Network network_;
  LinkFolder folder_;
};

}  // namespace zo::fuzz
