#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

/// One call of a fuzz target: LLVMFuzzerTestOneInput is what libFuzzer and replay_test.cc call.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace zo::fuzz {

/// A file in memory that is given new bytes for every input: readers take paths.
class MemoryFile {
 public:
  MemoryFile();
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  void assign(std::string_view bytes);
  const std::string& path() const { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

/// A folder of links to files in memory, which goes away with the object.
class LinkFolder {
 public:
  LinkFolder();
  ~LinkFolder();
  LinkFolder(const LinkFolder&) = delete;
  LinkFolder& operator=(const LinkFolder&) = delete;

  void link(const std::string& name, const MemoryFile& file) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Runs a reader. Only zo::Error may come out of it, with a reason in it: anything else ends the
/// process.
void read_or_refuse(const std::function<void()>& reader);

/// Ends the process where what a reader has promised does not hold.
inline void require(bool holds) {
  if (!holds) std::abort();
}

inline std::string_view bytes_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace zo::fuzz
