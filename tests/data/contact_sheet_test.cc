#include "data/contact_sheet.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#include <stb/stb_image.h>

#include "src/base/error.h"

namespace zo {
namespace {

namespace fs = std::filesystem;
using Pixel = std::array<int, 3>;

struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
  Pixel at(int x, int y) const {
    const std::uint8_t* p = &rgb[std::size_t{3} * (y * width + x)];
    return {p[0], p[1], p[2]};
  }
};

Picture read_png(const std::string& path) {
  Picture picture;
  int channels = 0;
  std::uint8_t* rgb = stbi_load(path.c_str(), &picture.width, &picture.height, &channels, 3);
  EXPECT_NE(rgb, nullptr) << path;
  EXPECT_EQ(channels, 3);
  if (rgb != nullptr)
    picture.rgb.assign(rgb, rgb + std::size_t{3} * picture.width * picture.height);
  stbi_image_free(rgb);
  return picture;
}

/// One-pixel pictures of three classes: 2, 0, 2, 1, 2; their red tells the number.
Dataset coloured() {
  Dataset data;
  data.height = data.width = 1;
  data.classes = 3;
  data.labels = {2, 0, 2, 1, 2};
  for (std::uint8_t i = 0; i < 5; ++i) {
    data.images.insert(data.images.end(), {static_cast<std::uint8_t>(10 + i), 100, 200});
  }
  return data;
}

class ContactSheet : public testing::Test {
 protected:
  ~ContactSheet() override { fs::remove_all(folder_); }
  fs::path make_folder() const {
    fs::create_directories(folder_);
    return folder_;
  }
  fs::path folder_ = fs::temp_directory_path() / fmt::format("zo_contact_sheet_{}", getpid());
};

TEST_F(ContactSheet, ShowsOneRowAClassInOrderOfTheFile) {
  const auto path = (make_folder() / "sheet.png").string();
  write_contact_sheet(coloured(), 2, path);
  const Picture sheet = read_png(path);
  EXPECT_EQ(sheet.width, 4 + 2 * 6);
  EXPECT_EQ(sheet.height, 4 + 3 * 6);
  const int column[] = {4, 10}, row[] = {4, 10, 16};
  EXPECT_EQ(sheet.at(column[0], row[0]), (Pixel{11, 100, 200}));
  EXPECT_EQ(sheet.at(column[1], row[0]), (Pixel{0, 0, 0}));
  EXPECT_EQ(sheet.at(column[0], row[1]), (Pixel{13, 100, 200}));
  EXPECT_EQ(sheet.at(column[0], row[2]), (Pixel{10, 100, 200}));
  EXPECT_EQ(sheet.at(column[1] + 1, row[2] + 1), (Pixel{12, 100, 200}));
  EXPECT_EQ(sheet.at(column[1] + 2, row[2]), (Pixel{0, 0, 0}));
}

TEST_F(ContactSheet, NamesStandBesideTheirRows) {
  Dataset data;
  data.height = data.width = 16;
  data.classes = 3;
  data.labels = {0, 1, 2};
  data.images.assign(std::size_t{3} * 3 * 16 * 16, 77);
  const auto path = (make_folder() / "sheet.png").string();
  write_contact_sheet(data, 1, path);
  const int plain = read_png(path).width;
  data.class_names = {"x", "a longer name", "\xc3\xa9"};
  write_contact_sheet(data, 1, path);
  const Picture sheet = read_png(path);
  const int margin = sheet.width - plain;
  // Where the letters of each row end, and the last row of pixels that has one.
  std::array<int, 3> widths{}, lows{};
  for (int y = 0; y < sheet.height; ++y) {
    for (int x = 0; x < margin; ++x) {
      if (sheet.at(x, y) != Pixel{255, 255, 255}) continue;
      widths.at((y - 4) / 36) = std::max(widths.at((y - 4) / 36), x + 1);
      lows.at((y - 4) / 36) = (y - 4) % 36;
    }
  }
  EXPECT_GT(widths[0], 4);
  EXPECT_GT(widths[1], 5 * widths[0]);
  EXPECT_EQ(widths[1], margin - 4);
  EXPECT_GT(widths[2], 4);  // letters that the font has not are shown, too
  for (int row = 0; row < 3; ++row) {
    EXPECT_NEAR(lows[row], 16 + 7, 7) << row;
    EXPECT_EQ(sheet.at(margin + 4, 4 + 36 * row), (Pixel{77, 77, 77}));
    EXPECT_EQ(sheet.at(margin + 3, 4 + 36 * row), (Pixel{0, 0, 0}));
  }
}

TEST_F(ContactSheet, LeavesNothingBehindWhereItCannotWrite) {
  const auto path = (make_folder() / "missing" / "sheet.png").string();
  try {
    write_contact_sheet(coloured(), 2, path);
    FAIL() << "a sheet in a missing folder";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 1);
    EXPECT_NE(std::string(error.what()).find(path + ": cannot be written: No such file"),
              std::string::npos)
        << error.what();
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(ContactSheet, RefusesASheetWithoutColumns) {
  EXPECT_THROW(write_contact_sheet(coloured(), 0, "unused.png"), Error);
}

}  // namespace
}  // namespace zo
