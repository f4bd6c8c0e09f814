#include "models/resnet.h"

#include <fmt/format.h>

#include <utility>

#include "models/builder.h"

namespace zo {
namespace {

/// Two convolutions with normalisation around a shortcut from `entry`; returns the last operation.
int basic_block(NetworkBuilder& net, const std::string& prefix, int entry, int width, int stride) {
  net.conv3x3(prefix + ".conv1", width, stride, false);
  net.batch_norm(prefix + ".bn1");
  net.relu(prefix + ".relu1");
  net.conv3x3(prefix + ".conv2", width, 1, false);
  net.batch_norm(prefix + ".bn2");
  net.residual(prefix + ".shortcut", entry, stride);
  return net.relu(prefix + ".relu2");
}

}  // namespace

Network make_resnet(std::string name, int blocks, Shape input, int classes) {
  NetworkBuilder net(std::move(name), input, classes);
  net.conv3x3("conv1", 16, 1, false);
  net.batch_norm("bn1");
  int entry = net.relu("relu1");
  for (int stage = 0; stage < 3; ++stage) {
    for (int block = 0; block < blocks; ++block) {
      const int stride = stage > 0 && block == 0 ? 2 : 1;
      entry =
          basic_block(net, fmt::format("layer{}.{}", stage + 1, block), entry, 16 << stage, stride);
    }
  }
  net.global_pool("pool");
  net.linear("fc", classes);
  return net.take();
}

}  // namespace zo
