#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace zo::testing {

/// CRC-32, bit by bit: not by the table that the reader uses.
inline std::uint32_t slow_crc32(const std::string& bytes) {
  std::uint32_t value = ~0u;
  for (const char byte : bytes) {
    value ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320u : 0);
  }
  return ~value;
}

/// A zip archive whose directory may lie about what is in it.
class StoredZip {
 public:
  struct Entry {
    std::string name;
    std::uint32_t size = 0, packed = 0, header = 0, checksum = 0;
    std::uint16_t flags = 0, method = 0;
  };

  /// Adds a record and returns its entry, to be changed before `bytes()`.
  Entry& add(const std::string& name, const std::string& data) {
    const auto size = static_cast<std::uint32_t>(data.size());
    entries.push_back({.name = name,
                       .size = size,
                       .packed = size,
                       .header = static_cast<std::uint32_t>(body.size()),
                       .checksum = slow_crc32(data)});
    put(body, std::uint32_t{0x04034b50});
    body.append(22, '\0');  // all of it stands in the directory too
    put(body, static_cast<std::uint16_t>(name.size()));
    put(body, std::uint16_t{0});
    body += name + data;
    return entries.back();
  }

  /// Records, directory, end; the comment is whatever follows the end.
  std::string bytes(const std::string& comment = "") const {
    std::string directory;
    for (const Entry& entry : entries) {
      put(directory, std::uint32_t{0x02014b50});
      put(directory, std::uint32_t{0});
      put(directory, entry.flags);
      put(directory, entry.method);
      put(directory, std::uint32_t{0});
      put(directory, entry.checksum);
      put(directory, entry.packed);
      put(directory, entry.size);
      put(directory, static_cast<std::uint16_t>(entry.name.size()));
      directory.append(12, '\0');
      put(directory, entry.header);
      directory += entry.name;
    }
    std::string all = body + directory;
    put(all, std::uint32_t{0x06054b50});
    put(all, std::uint32_t{0});
    put(all, static_cast<std::uint16_t>(entries.size()));
    put(all, static_cast<std::uint16_t>(entries.size()));
    put(all, static_cast<std::uint32_t>(directory.size()));
    put(all, static_cast<std::uint32_t>(body.size()));
    put(all, static_cast<std::uint16_t>(comment.size()));
    return all + comment;
  }

  std::vector<Entry> entries;
  std::string body;

 private:
  template <class T>
  static void put(std::string& bytes, T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
};

}  // namespace zo::testing
