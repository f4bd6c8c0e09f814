// weights_tool MODEL SOURCE [OUT]: reads the weights SOURCE ("drawn": noise), writes them to OUT,
// and prints the logits of one drawn batch by running statistics.
// tests/models/python_weights_test.py compares them with PyTorch's.
#include <iostream>
#include <nlohmann/json.hpp>

#include "models/forward.h"
#include "src/base/error.h"
#include "tests/network/network_case.h"

namespace {

zo::Weights drawn_weights(const zo::Network& network) {
  auto weights = zo::testing::noisy_weights(network, 5);
  const zo::Philox stream(6, zo::Purpose::Test);
  for (std::size_t i = 0; i < weights.norms.size(); ++i) {
    weights.norms[i] = static_cast<float>(0.5 + stream.uniform(i));
  }
  weights.batches_tracked = network.norms.empty() ? 0 : 3;
  return weights;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) zo::fail_usage("usage: weights_tool MODEL SOURCE [OUT]");
  const auto network = zo::testing::cifar_network(argv[1]);
  const std::string source = argv[2];
  const auto weights = source == "drawn" ? drawn_weights(network) : load_weights(source, network);
  if (argc > 3) save_weights(argv[3], network, weights);
  const auto batch = zo::testing::drawn_batches(5, 4)(0);
  const auto logits =
      zo::forward(network,
                  parameter_views(network, zo::to_tensor(weights.theta, at::kDouble)),
                  picture_tensor(batch, network.input, at::kDouble),
                  zo::to_tensor(weights.norms, at::kDouble));
  const auto* values = logits.const_data_ptr<double>();
  std::cout << nlohmann::json(std::vector<double>(values, values + logits.numel())) << "\n";
  return 0;
} catch (const zo::Error& error) {
  std::cerr << error.what() << "\n";
  return error.exit_code();
}
