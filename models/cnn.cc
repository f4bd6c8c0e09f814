#include "models/cnn.h"

#include <fmt/format.h>

#include <utility>

#include "models/builder.h"

namespace zo {

Network make_cnn(std::string name, int depth, Shape input, int classes) {
  NetworkBuilder net(std::move(name), input, classes);
  for (int layer = 1; layer <= depth; ++layer) {
    net.conv3x3(fmt::format("conv{}", layer), 24, 1, true);
    net.batch_norm(fmt::format("bn{}", layer));
    net.relu(fmt::format("relu{}", layer));
    net.max_pool2(fmt::format("pool{}", layer));
  }
  net.global_pool("pool");
  net.linear("fc", classes);
  return net.take();
}

}  // namespace zo
