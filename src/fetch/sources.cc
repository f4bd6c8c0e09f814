#include "src/fetch/sources.h"

#include <fmt/ranges.h>

#include "src/base/error.h"
#include "src/base/options.h"
#include "src/base/progress.h"

namespace zo {
namespace {

constexpr const char* kLibsvmPage =
    "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html";

std::string libsvm_url(const char* name) {
  return fmt::format("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary/{}", name);
}

// Sizes and SHA-256 of the CIFAR archives stand in the checksums of TensorFlow Datasets
// (tensorflow_datasets/url_checksums/cifar10.txt and cifar100.txt) and in torchvision-ruby; those of
// a9a were compared with copies of other people, as LIBSVM's page states none. For german.numer_scale
// none was found.
std::vector<Source> make_sources() {
  const CifarPublication &ten = cifar10_publication(), &hundred = cifar100_publication();
  return {
      {ten.name,
       "CIFAR-10: 60,000 colour pictures of 32x32, 10 classes",
       kCifarPage,
       {{ten.archive,
         "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
         "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
         170052171}},
       &ten},
      {hundred.name,
       "CIFAR-100: the same in 100 classes",
       kCifarPage,
       {{hundred.archive,
         "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
         "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
         168513733}},
       &hundred},
      {"a9a",
       "a9a: who earns over 50,000 a year, from UCI's Adult; for `minimize --problem logistic`",
       kLibsvmPage,
       {{"a9a.libsvm",
         libsvm_url("a9a"),
         "f5d5ffd8d865ff41328e7ee043e4b020816914ff6843ff15b98905ddbedce906",
         2329875,
         32561,
         123},
        {"a9a.t.libsvm",
         libsvm_url("a9a.t"),
         "1f448a153f0320399a7e40836eb207655b0bde0f21fc941cc472193daa9f5de9",
         1164628,
         16281,
         123}}},
      {"german",
       "german: credits that were paid back, from UCI's Statlog, scaled to [-1, 1]",
       kLibsvmPage,
       {{"german.libsvm", libsvm_url("german.numer_scale"), "", 0, 1000, 24}}},
  };
}

}  // namespace

const std::vector<Source>& sources() {
  static const std::vector<Source> all = make_sources();
  return all;
}

const Source& find_source(const std::string& name) {
  std::vector<std::string> names;
  for (const Source& source : sources()) {
    if (source.name == name) return source;
    names.push_back(source.name);
  }
  const std::string near = nearest(name, names);
  fail_usage("data: '{}' is none of the sets that can be fetched, {}{}",
             name,
             fmt::join(names, ", "),
             near.empty() ? fmt::format("; other LIBSVM sets are at {}", kLibsvmPage)
                          : "; did you mean " + near + "?");
}

std::string Source::by_hand(const std::string& directory) const {
  if (cifar != nullptr) {
    return fmt::format("download {} by other means and unpack it into {} (it makes {})",
                       files.front().url,
                       directory,
                       cifar->folder);
  }
  std::vector<std::string> each;
  for (const RemoteFile& file : files) {
    each.push_back(fmt::format("{} as {}/{}", file.url, directory, file.name));
  }
  return fmt::format("download {} by other means", fmt::join(each, ", and "));
}

std::string list_of_sources() {
  std::string lines;
  for (const Source& source : sources()) {
    lines += fmt::format("{:<9} {}\n          {}\n", source.name, source.title, source.page);
    for (const RemoteFile& file : source.files) {
      lines += fmt::format("          {} ({}{})\n",
                           file.url,
                           file.bytes > 0 ? count_text(file.bytes) + " bytes, " : "",
                           file.sha256.empty() ? "no checksum known" : "SHA-256 " + file.sha256);
    }
  }
  return lines +
         fmt::format("More sets in LIBSVM's format, for `minimize --data`: {}\n", kLibsvmPage);
}

}  // namespace zo
