#include "models/registry.h"

#include <algorithm>
#include <array>

#include "models/cnn.h"
#include "models/mlp.h"
#include "models/resnet.h"
#include "src/base/error.h"
#include "src/base/options.h"

namespace zo {
namespace {

struct Entry {
  const char* name;
  int least_side;  // smaller pictures would lose all their pixels on the way
  Network (*make)(std::string name, Shape input, int classes);
};

// To add a network: its file pair and one line here.
constexpr std::array kNetworks{
    Entry{"resnet8", 4, [](auto name, Shape in, int k) { return make_resnet(name, 1, in, k); }},
    Entry{"resnet20", 4, [](auto name, Shape in, int k) { return make_resnet(name, 3, in, k); }},
    Entry{"cnn", 8, [](auto name, Shape in, int k) { return make_cnn(name, 3, in, k); }},
    Entry{"mlp", 1, [](auto name, Shape in, int k) { return make_mlp(name, 64, in, k); }},
};

}  // namespace

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kNetworks) names.emplace_back(entry.name);
  return names;
}

Network make_network(const std::string& name, Shape input, int classes) {
  const auto entry = std::find_if(
      kNetworks.begin(), kNetworks.end(), [&](const Entry& e) { return e.name == name; });
  if (entry == kNetworks.end()) {
    const auto near = nearest(name, network_names());
    fail_usage("--model {}: no such network; {}there are {}",
               name,
               near.empty() ? "" : fmt::format("did you mean {}? ", near),
               fmt::join(network_names(), ", "));
  }
  if (input.channels < 1 || std::min(input.height, input.width) < entry->least_side) {
    fail_usage(
        "--model {}: takes pictures of at least 1 channel and {}×{} pixels, got {}×{}×{}; choose "
        "another --model or --data",
        name,
        entry->least_side,
        entry->least_side,
        input.channels,
        input.height,
        input.width);
  }
  if (classes < 2)
    fail_usage("--model {}: needs at least 2 classes, the data have {}", name, classes);
  return entry->make(name, input, classes);
}

}  // namespace zo
