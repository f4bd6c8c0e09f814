#include "models/module.h"

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <utility>

#include "models/forward.h"

namespace zo {
namespace {

std::string last_part(const std::string& name) { return name.substr(name.rfind('.') + 1); }

}  // namespace

NetworkModule::NetworkModule(Network network, const Weights& weights, at::ScalarType type)
    : network_(std::move(network)) {
  for (const auto& view : parameter_views(network_, to_tensor(weights.theta, type))) {
    const auto& name = network_.layout.segments[parameters_.size()].name;
    parameters_.push_back(owner_of(name).register_parameter(last_part(name), view.clone()));
  }
  const auto all = to_tensor(weights.norms, type);
  for (const Norm& norm : network_.norms) {
    auto& owner = owner_of(norm.name + ".");
    const auto add = [&](const char* name, std::int64_t first) {
      statistics_.push_back(
          owner.register_buffer(name, all.narrow(0, first, norm.channels).clone()));
    };
    add("running_mean", norm.offset);
    add("running_var", norm.offset + norm.channels);
    owner.register_buffer("num_batches_tracked",
                          at::scalar_tensor(weights.batches_tracked, at::kLong));
  }
}

at::Tensor NetworkModule::forward(const at::Tensor& pictures) {
  const bool running = !is_training() && !statistics_.empty();
  return zo::forward(
      network_, parameters_, pictures, running ? at::cat(statistics_) : at::Tensor());
}

/// The submodule that holds NAME.parameter; a module's own names cannot contain dots.
torch::nn::Module& NetworkModule::owner_of(const std::string& name) {
  torch::nn::Module* owner = this;
  std::size_t begin = 0;
  for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', begin)) {
    const auto part = name.substr(begin, dot - begin);
    const auto children = owner->named_children();
    const auto* child = children.find(part);
    owner = child != nullptr
                ? child->get()
                : owner->register_module(part, std::make_shared<torch::nn::Module>()).get();
    begin = dot + 1;
  }
  return *owner;
}

}  // namespace zo
