#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "data/cifar.h"
#include "data/load.h"
#include "data/shapes.h"
#include "src/base/error.h"

namespace zo {
namespace {

std::string refusal(const std::string& name, const std::string& directory) {
  try {
    load_data(name, directory);
  } catch (const Error& error) {
    return error.exit_code() == 2 ? error.what() : "";
  }
  return "";
}

TEST(LoadData, GivesShapesWhereAutoFindsNoCifar10) {
  EXPECT_EQ(load_data("auto", "").train.name, "shapes");
  EXPECT_EQ(load_data("auto", "/nonexistent").test.name, "shapes");
}

TEST(LoadData, KnowsTheClassesOfEverySetByItsName) {
  const auto names = data_names();
  EXPECT_EQ(names.front(), "auto");
  for (const char* name : {"cifar10", "cifar100", "shapes", "shapes100"}) {
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  }
  EXPECT_EQ(classes_of_data("auto"), 10);
  EXPECT_EQ(classes_of_data("cifar10"), 10);
  EXPECT_EQ(classes_of_data("cifar100"), 100);
  EXPECT_EQ(classes_of_data("shapes"), make_shapes().train.classes);
  EXPECT_EQ(classes_of_data("shapes100"), load_data("shapes100", "").train.classes);
}

TEST(LoadData, ReportsADamagedCifar10InsteadOfReplacingIt) {
  const auto root = std::filesystem::temp_directory_path() / fmt::format("zo_load_{}", getpid());
  std::filesystem::create_directories(root / "cifar-10-batches-bin");
  const auto message = refusal("auto", root.string());
  std::filesystem::remove_all(root);
  EXPECT_NE(message.find("data_batch_1.bin"), std::string::npos) << message;
}

TEST(LoadData, RefusesAnUnknownNameWithTheNearest) {
  const auto message = refusal("cifar1O", "");
  EXPECT_NE(message.find("did you mean cifar10?"), std::string::npos) << message;
  EXPECT_NE(message.find("shapes"), std::string::npos) << message;
}

TEST(LoadData, ExplainsInOneLineHowToGetCifar10) {
  const auto line = how_to_get_cifar10();
  for (const char* part : {"cifar-10-batches-bin",
                           "data_batch_1.bin",
                           "test_batch.bin",
                           "zotrain train --data cifar10 --data-dir DIR"}) {
    EXPECT_NE(line.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace zo
