#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace zo {

/// The records of a zip archive in memory, as torch.save writes it: stored as they are, below one
/// top folder. A compressed record is refused, so nothing that is read is larger than the file.
class ZipArchive {
 public:
  /// Checks every offset, size and checksum, in time proportional to `bytes`, which must outlive
  /// the object. Throws Error(Run) with the reason; the caller names the file.
  explicit ZipArchive(std::string_view bytes);

  /// The record `name` below the top folder.
  std::optional<std::string_view> find(const std::string& name) const;

 private:
  struct Directory {
    std::uint64_t entries = 0, offset = 0, size = 0;
  };
  struct Entry {
    std::string_view name;
    std::uint64_t size = 0, header = 0;
    std::uint32_t checksum = 0;
  };
  Directory find_directory() const;
  Entry take_entry(std::string_view& directory) const;
  std::string_view data_of(const Entry& entry) const;

  std::string_view bytes_;
  std::string top_;
  std::map<std::string_view, std::string_view> records_;
};

}  // namespace zo
