#include <gtest/gtest.h>

#include "src/base/error.h"
#include "src/oracle/function_oracle.h"
#include "tests/methods/flags.h"

namespace zo {
namespace {

using namespace zo::test;

TEST(ZoSahOptions, PairingsThatCannotWorkAreRefusedWithTheReason) {
  const auto refusal = [](const Flags& flags, std::int64_t d) -> std::string {
    try {
      make("zo-sah", flags, plain_layout(d));
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was refused";
  };
  const auto expect = [&](const Flags& flags, const std::string& part, std::int64_t d = 10) {
    const std::string said = refusal(flags, d);
    EXPECT_NE(said.find(part), std::string::npos) << said;
  };
  expect({{"pairing", "sticky"}, {"block", "3"}}, "makes pairs, and --block is 3");
  expect({{"pairing", "sticky"}, {"hessian", "cached"}}, "--hessian cached knows no couplings");
  expect({{"pairing", "sticky"}, {"hessian", "none"}}, "--hessian none has none");
  expect({{"adaptive-order", "true"}, {"hessian", "secant"}}, "--hessian is secant");
  expect({{"pairing", "learned"}}, "--period 1 keeps none");
  expect({{"pairing", "learned"}, {"period", "3"}}, "all 2001 coordinates", 2001);
  expect({{"pairing", "coded"}, {"subspace", "4"}}, "give --subspace 10");
}

TEST(ZoSahOptions, BlocksThatAskForEveryPairOfCoordinatesStaySmall) {
  for (const auto& [block, hessian] :
       {std::pair{"0", "lazy"}, {"65", "lazy"}, {"0", "none"}, {"0", "cached"}}) {
    EXPECT_THROW(make("zo-sah", {{"block", block}, {"hessian", hessian}}, plain_layout(130)),
                 Error);
  }
  for (const char* block : {"0", "65", "130"}) {
    make("zo-sah", {{"block", block}, {"hessian", "fisher"}}, plain_layout(130));
  }
}

TEST(ZoSahOptions, LookingBackStartsFromItsFirstLengthWhichIsAtMostTheLargest) {
  const auto first = [](const Flags& lengths) {
    FunctionOracle oracle([](std::span<const double> x, std::int64_t) { return x[0] * x[0]; },
                          {1.0, 1.0});
    Flags flags = {{"step", "look-back"}};
    flags.insert(flags.end(), lengths.begin(), lengths.end());
    oracle.begin_batch(0);
    return make("zo-sah", flags, oracle.layout())->step(oracle, 0).lr;
  };
  EXPECT_EQ(first({{"lr", "0.5"}}), 0.5);
  EXPECT_EQ(first({{"lr", "0.5"}, {"first-lr", "0.125"}}), 0.125);
  EXPECT_EQ(first({{"lr", "0.5"}, {"first-lr", "0.6"}}), 0.5);
}

TEST(ZoSahOptions, SubspaceShareCountsWholeCoordinatesAndAtLeastABlock) {
  const auto queries = [](const char* share, std::int64_t d) {
    return make("zo-sah",
                {{"hessian", "none"}, {"step", "fixed"}, {"subspace-share", share}},
                plain_layout(d))
        ->queries_of_step(0);
  };
  EXPECT_EQ(queries("0.07", 122), 1 + 8);
  EXPECT_EQ(queries("0.07", 10), 1 + 2);
  EXPECT_EQ(queries("1", 5), 1 + 5);
}

TEST(ZoSahOptions, PresetsDifferFromTheirFunctionDefaultsOnNetworksWhereTheySay) {
  const auto networks = [](const char* name) {
    const auto config = find_method(name).config();
    OptionTable table;
    config->describe(table);
    Flags told;
    for (const auto& option : table.options()) {
      if (!option.network_text.empty()) told.emplace_back(option.name, option.network_text);
    }
    return told;
  };
  EXPECT_EQ(networks("zo-sah"),
            (Flags{{"subspace", "128"},
                   {"period", "5"},
                   {"sampling", "layer"},
                   {"layer-power", "0.8"},
                   {"eps", "0.005"},
                   {"radius", "0.02"},
                   {"kappa", "0"},
                   {"kappa-rel", "1"},
                   {"scaled", "true"},
                   {"step", "look-back"},
                   {"lr", "0.5"},
                   {"first-lr", "0.25"},
                   {"momentum", "0.9"},
                   {"coast", "false"},
                   {"lr-schedule", "auto"}}));
  EXPECT_EQ(networks("zo-sah-plus"),
            (Flags{{"subspace", "250"},
                   {"subspace-share", "0"},
                   {"period", "5"},
                   {"block", "0"},
                   {"sampling", "layer"},
                   {"layer-power", "0.8"},
                   {"hessian", "fisher"},
                   {"eps", "0.005"},
                   {"radius", "0.02"},
                   {"kappa", "0.01"},
                   {"kappa-rel", "0"},
                   {"step", "look-back"},
                   {"momentum", "0.9"},
                   {"coast", "false"},
                   {"lr-schedule", "auto"}}));
  EXPECT_EQ(networks("zo-sah-fast"),
            (Flags{{"subspace", "10000"},
                   {"subspace-share", "0"},
                   {"block", "0"},
                   {"sampling", "gain"},
                   {"layer-power", "1"},
                   {"hessian", "fisher"},
                   {"eps", "0.005"},
                   {"radius", "0.02"},
                   {"kappa", "0.01"},
                   {"kappa-rel", "0"},
                   {"step", "fixed"},
                   {"lr", "1.6"},
                   {"momentum", "0.9"},
                   {"damping", "78.125"},
                   {"coast", "false"},
                   {"lr-schedule", "auto"}}));
  EXPECT_EQ(networks("cge"), Flags{});
  EXPECT_EQ(networks("cge-adam"),
            (Flags{{"subspace", "500"},
                   {"period", "10"},
                   {"sampling", "layer"},
                   {"layer-power", "0.8"},
                   {"lr", "0.1"},
                   {"lr-schedule", "auto"}}));
}

}  // namespace
}  // namespace zo
