#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#define ZO_READERS(use)                                                                        \
  use(cifar) use(config) use(libsvm) use(manifest) use(method) use(pickle) use(probes) use(pt) \
      use(safetensors) use(state)

#define ZO_DECLARE(name) extern "C" int zo_fuzz_##name(const std::uint8_t*, std::size_t);
ZO_READERS(ZO_DECLARE)

namespace {

namespace fs = std::filesystem;
using Reader = int (*)(const std::uint8_t*, std::size_t);

#define ZO_ENTRY(name) {#name, zo_fuzz_##name},
const std::map<std::string, Reader> kReaders = {ZO_READERS(ZO_ENTRY)};

/// Files of tests/fuzz/FOLDER/READER; tests run in the root of the checkout.
std::vector<fs::path> files_of(const std::string& folder, const std::string& reader) {
  std::vector<fs::path> files;
  const fs::path all = fs::path("tests/fuzz") / folder / reader;
  if (!fs::exists(all)) return files;
  for (const auto& entry : fs::directory_iterator(all)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void replay(Reader reader, const fs::path& path) {
  SCOPED_TRACE(path);
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  reader(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

TEST(Fuzz, EveryReaderHasACorpusAndEveryFolderAReader) {
  for (const auto& [name, reader] : kReaders) {
    EXPECT_FALSE(files_of("corpus", name).empty()) << name;
  }
  for (const char* folder : {"corpus", "cases"}) {
    for (const auto& entry : fs::directory_iterator(fs::path("tests/fuzz") / folder)) {
      EXPECT_EQ(kReaders.count(entry.path().filename()), 1u) << entry.path();
    }
  }
}

/// A fault ends the process; the trace before it names the file.
TEST(Fuzz, TheCorpusAndTheCasesFoundAreReadOrRefused) {
  for (const auto& [name, reader] : kReaders) {
    for (const char* folder : {"corpus", "cases"}) {
      for (const auto& path : files_of(folder, name)) {
        std::cerr << path.string() << "\n";
        replay(reader, path);
      }
    }
  }
}

/// What no corpus holds: every prefix of its files, and each with one byte changed.
TEST(Fuzz, CutAndChangedFilesOfTheCorpusAreReadOrRefused) {
  for (const auto& [name, reader] : kReaders) {
    for (const auto& path : files_of("corpus", name)) {
      std::ifstream file(path, std::ios::binary);
      std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
      for (std::size_t i = 0; i < bytes.size(); i += 1 + bytes.size() / 256) {
        reader(data, i);
        bytes[i] = static_cast<char>(~bytes[i]);
        reader(data, bytes.size());
        bytes[i] = static_cast<char>(~bytes[i]);
      }
    }
  }
}

}  // namespace
