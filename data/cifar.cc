#include "data/cifar.h"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "src/base/atomic_file.h"
#include "src/base/error.h"

namespace zo {
namespace {

namespace fs = std::filesystem;

constexpr int kSuperclasses = 20;  // coarse labels of CIFAR-100

/// The folder of the publication inside `directory`; the messages cover the usual slips.
fs::path find_folder(const CifarPublication& published, const std::string& directory) {
  if (directory.empty()) {
    fail_usage(
        "--data {}: no --data-dir (or ZO_DATA_DIR) given; {}", published.name, published.remedy());
  }
  std::error_code ignored;
  fs::path folder = fs::path(directory) / published.folder;
  if (fs::is_directory(folder, ignored)) return folder;
  if (!fs::is_directory(directory, ignored)) {
    fail_usage("--data-dir {}: no such folder; {}", directory, published.remedy());
  }
  if (fs::exists(fs::path(directory) / published.train_files.front().name, ignored)) {
    fail_usage("--data-dir {}: is the folder of the files itself; give the folder that holds {}",
               directory,
               published.folder);
  }
  fail_usage(
      "--data-dir {}: holds no folder {}; {}", directory, published.folder, published.remedy());
}

/// One name a line. A copy without the file is usable, a file with a wrong count is a damaged copy.
std::vector<std::string> read_class_names(const fs::path& path, const CifarPublication& published) {
  std::vector<std::string> names;
  if (fs::exists(path)) require_regular_file(path);
  std::ifstream in(path);
  if (!in) {
    for (int label = 0; label < published.classes; ++label) names.push_back(std::to_string(label));
    return names;
  }
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) names.push_back(line);
  }
  if (static_cast<int>(names.size()) != published.classes) {
    fail_usage("{}: {} class names, expected {}; {}",
               path.string(),
               names.size(),
               published.classes,
               published.remedy());
  }
  return names;
}

DataSplits load(const CifarPublication& published, const std::string& directory) {
  const fs::path folder = find_folder(published, directory);
  DataSplits splits;
  for (Dataset* data : {&splits.train, &splits.test}) {
    const bool train = data == &splits.train;
    data->name = published.name;
    data->split = train ? "train" : "test";
    data->classes = published.classes;
    data->class_names = read_class_names(folder / published.names_file, published);
    data->mean = published.mean;
    data->stddev = published.stddev;
    for (const auto& file : train ? published.train_files : published.test_files) {
      append_cifar_file((folder / file.name).string(),
                        train ? published.train_records : published.test_records,
                        published.remedy(),
                        *data);
    }
  }
  return splits;
}

}  // namespace

DataSplits load_cifar10(const std::string& directory) {
  return load(cifar10_publication(), directory);
}

DataSplits load_cifar100(const std::string& directory) {
  return load(cifar100_publication(), directory);
}

bool has_cifar10(const std::string& directory) {
  std::error_code ignored;
  return !directory.empty() &&
         fs::is_directory(fs::path(directory) / cifar10_publication().folder, ignored);
}

std::string how_to_get_cifar10() {
  const CifarPublication& published = cifar10_publication();
  return fmt::format(
      "for CIFAR-10: `zotrain data fetch cifar10 --data-dir DIR` (or unpack {} from {} into DIR: "
      "it makes DIR/{} with {} to {} and {}), then `zotrain train --data cifar10 --data-dir DIR`",
      published.archive,
      kCifarPage,
      published.folder,
      published.train_files.front().name,
      published.train_files.back().name,
      published.test_files.front().name);
}

void append_cifar_file(const std::string& path,
                       CifarRecords records,
                       const std::string& remedy,
                       Dataset& data) {
  const std::int64_t record_bytes = records.label_bytes + data.pixels();
  const std::int64_t expected = records.count * record_bytes;
  std::error_code error;
  const auto found = fs::file_size(path, error);
  if (error) fail_usage("{}: {}; {}", path, error.message(), remedy);
  if (found != static_cast<std::uintmax_t>(expected)) {
    fail_usage("{}: {} bytes, expected {} ({} records of {} bytes); {}",
               path,
               found,
               expected,
               records.count,
               record_bytes,
               remedy);
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(expected));
  std::ifstream in(path, std::ios::binary);
  if (!in.read(reinterpret_cast<char*>(bytes.data()), expected)) {
    fail_usage("{}: cannot be read to its end; check its permissions and its disk", path);
  }
  std::vector<std::uint8_t> images, labels;
  images.reserve(static_cast<std::size_t>(records.count * data.pixels()));
  for (std::int64_t i = 0; i < records.count; ++i) {
    const auto record = bytes.begin() + i * record_bytes;
    const auto pixels = record + records.label_bytes;
    const int label = pixels[-1];
    if (label >= data.classes) {
      fail_usage("{}: record {} (counted from 0) has label {}, {} has 0 to {}; {}",
                 path,
                 i,
                 label,
                 data.name,
                 data.classes - 1,
                 remedy);
    }
    if (records.label_bytes == 2 && *record >= kSuperclasses) {
      fail_usage("{}: record {} (counted from 0) has superclass {}, {} has 0 to {}; {}",
                 path,
                 i,
                 *record,
                 data.name,
                 kSuperclasses - 1,
                 remedy);
    }
    labels.push_back(static_cast<std::uint8_t>(label));
    images.insert(images.end(), pixels, pixels + data.pixels());
  }
  data.labels.insert(data.labels.end(), labels.begin(), labels.end());
  data.images.insert(data.images.end(), images.begin(), images.end());
}

}  // namespace zo
