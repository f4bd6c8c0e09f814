#include "src/fetch/verify.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "data/libsvm.h"
#include "data/load.h"
#include "src/base/error.h"
#include "src/base/progress.h"
#include "src/run/checksum.h"

namespace zo {
namespace {

namespace fs = std::filesystem;

Verified::File describe(const fs::path& path, const std::string& published) {
  return {path.string(),
          static_cast<std::int64_t>(fs::file_size(path)),
          sha256_of_file(path.string()),
          published};
}

/// Every class of a CIFAR set has as many pictures as every other.
void verify_classes(const Dataset& data, const fs::path& folder) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(data.classes), 0);
  for (const std::uint8_t label : data.labels) ++counts[label];
  const std::int64_t expected = data.size() / data.classes;
  for (std::size_t label = 0; label < counts.size(); ++label) {
    if (counts[label] == expected) continue;
    fail_run("{}: {} {} pictures of class {} ({}), the published set has {}",
             folder.string(),
             count_text(counts[label]),
             data.split == "train" ? "training" : "test",
             label,
             data.class_names[label],
             count_text(expected));
  }
}

Verified verify_cifar(const CifarPublication& published, const std::string& directory) {
  const fs::path folder = fs::path(directory) / published.folder;
  const DataSplits splits = load_data(published.name, directory);
  Verified found;
  for (const Dataset* data : {&splits.train, &splits.test}) {
    verify_classes(*data, folder);
    for (const auto& file : data == &splits.train ? published.train_files : published.test_files) {
      found.files.push_back(describe(folder / file.name, file.sha256));
    }
  }
  found.holds = fmt::format("{} training and {} test pictures, {} and {} of each of {} classes",
                            count_text(splits.train.size()),
                            count_text(splits.test.size()),
                            count_text(splits.train.size() / published.classes),
                            count_text(splits.test.size() / published.classes),
                            published.classes);
  return found;
}

Verified verify_libsvm_files(const Source& source, const fs::path& directory) {
  Verified found;
  for (const RemoteFile& file : source.files) {
    const fs::path path = directory / file.name;
    if (!fs::exists(path)) continue;
    verify_libsvm(file, path.string());
    found.files.push_back(describe(path, file.sha256));
    found.holds += fmt::format("{}{} examples of {} features",
                               found.holds.empty() ? "" : " and ",
                               count_text(file.examples),
                               file.features);
  }
  return found;
}

/// Damage shows where it is not in every file: who made a CIFAR set anew made all of it.
void refuse_a_mixture(const Verified& found) {
  const auto is_published = [](const Verified::File& file) {
    return file.sha256 == file.published;
  };
  const auto count = std::count_if(found.files.begin(), found.files.end(), is_published);
  const auto other = std::find_if_not(found.files.begin(), found.files.end(), is_published);
  if (count == 0 || other == found.files.end() || other->published.empty()) return;
  fail_run("{}: is damaged: SHA-256 {}, published {}, while {} of {} files are as published",
           other->path,
           other->sha256,
           other->published,
           count,
           found.files.size());
}

}  // namespace

std::string Verified::summary() const {
  const auto is_published = [](const File& file) { return file.sha256 == file.published; };
  const auto is_known = [](const File& file) { return !file.published.empty(); };
  const char* bytes = "no checksum of the publisher's bytes is known";
  if (std::all_of(files.begin(), files.end(), is_published)) {
    bytes = "the publisher's bytes";
  } else if (std::any_of(files.begin(), files.end(), is_known)) {
    bytes = "other bytes than the publisher's: made anew in the same form";
  }
  return fmt::format("{}; {}", holds, bytes);
}

bool is_there(const Source& source, const std::string& directory) {
  std::error_code ignored;
  const fs::path folder = directory;
  if (source.cifar != nullptr) return fs::exists(folder / source.cifar->folder, ignored);
  return std::any_of(source.files.begin(), source.files.end(), [&](const RemoteFile& file) {
    return fs::exists(folder / file.name, ignored);
  });
}

Verified verify(const Source& source, const std::string& directory) {
  try {
    Verified found = source.cifar != nullptr ? verify_cifar(*source.cifar, directory)
                                             : verify_libsvm_files(source, directory);
    if (source.cifar != nullptr) refuse_a_mixture(found);
    return found;
  } catch (const Error& error) {
    // A damaged file is no wrong usage of the verb that looks for damage.
    throw Error(Error::Kind::Run, error.what());
  }
}

void verify_libsvm(const RemoteFile& file, const std::string& path) {
  const SparseExamples examples = read_libsvm(path);
  if (examples.rows() != file.examples || examples.columns > file.features) {
    fail_run("{}: {} examples of {} features, the published file has {} of {}",
             path,
             count_text(examples.rows()),
             examples.columns,
             count_text(file.examples),
             file.features);
  }
  // A number that lost its last digits is still one.
  std::ifstream text(path, std::ios::binary);
  if (text.seekg(-1, std::ios::end); text.get() != '\n') {
    fail_run("{}: ends in the middle of a line", path);
  }
}

}  // namespace zo
