#include "models/mlp.h"

#include <utility>

#include "models/builder.h"

namespace zo {

Network make_mlp(std::string name, int hidden, Shape input, int classes) {
  NetworkBuilder net(std::move(name), input, classes);
  net.flatten("flatten");
  net.linear("fc1", hidden);
  net.relu("relu1");
  net.linear("fc2", classes);
  return net.take();
}

}  // namespace zo
