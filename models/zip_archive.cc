#include "models/zip_archive.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "src/base/error.h"

namespace zo {
namespace {

// Signatures and fixed sizes of APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.14 to 4.3.16.
constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr std::size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22;
constexpr std::size_t kEnd64Size = 56, kLocator64Size = 20, kMaxComment = 0xffff;
constexpr std::uint16_t kEncrypted = 1, kExtra64 = 1;
constexpr std::uint32_t kInExtra = 0xffffffff;  // the number stands in the extra field, in 64 bits

[[noreturn]] void fail_damaged() {
  fail_run("it is not a whole file of torch.save (PyTorch 1.6 or later); write or copy it again");
}

/// `size` bytes from `offset`; both may be any number.
std::string_view part(std::string_view bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) fail_damaged();
  return bytes.substr(offset, size);
}

template <class T>
T number(std::string_view bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, part(bytes, offset, sizeof value).data(), sizeof value);
  return value;
}

/// The values of the zip64 field in `extra`, in their fixed order; none where there is no such
/// field.
std::string_view extra_numbers(std::string_view extra) {
  while (extra.size() >= 4) {
    const auto values = part(extra, 4, number<std::uint16_t>(extra, 2));
    if (number<std::uint16_t>(extra, 0) == kExtra64) return values;
    extra.remove_prefix(4 + values.size());
  }
  return {};
}

/// CRC-32 of ISO 3309, as zip has it.
std::uint32_t crc32(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) * 0xedb88320u);
      entries[i] = value;
    }
    return entries;
  }();
  std::uint32_t value = ~0u;
  for (const char byte : bytes) {
    value = table[(value ^ static_cast<unsigned char>(byte)) & 0xff] ^ (value >> 8);
  }
  return ~value;
}

}  // namespace

ZipArchive::ZipArchive(std::string_view bytes) : bytes_(bytes) {
  const Directory found = find_directory();
  auto directory = part(bytes_, found.offset, found.size);
  std::uint64_t together = 0;
  for (std::uint64_t i = 0; i < found.entries; ++i) {
    const Entry entry = take_entry(directory);
    const auto data = data_of(entry);
    // Records that overlap would let a small file claim any time and memory.
    together += data.size();
    if (together > bytes_.size()) fail_run("its records overlap; write it again");
    if (crc32(data) != entry.checksum) {
      fail_run("its record {} does not match its checksum; write or copy it again", entry.name);
    }
    if (i == 0) top_ = entry.name.substr(0, entry.name.find('/') + 1);
    if (!records_.emplace(entry.name, data).second) {
      fail_run("it has two records {}; write it again", entry.name);
    }
  }
}

std::optional<std::string_view> ZipArchive::find(const std::string& name) const {
  const auto at = records_.find(top_ + name);
  if (at == records_.end()) return std::nullopt;
  return at->second;
}

ZipArchive::Directory ZipArchive::find_directory() const {
  if (bytes_.size() < kEndSize) fail_damaged();
  const std::size_t last = bytes_.size() - kEndSize;
  std::size_t end = last;
  // The end stands before a comment of unknown length, which has to reach to the end of the file.
  while (number<std::uint32_t>(bytes_, end) != kEnd ||
         number<std::uint16_t>(bytes_, end + 20) != last - end) {
    if (end == 0 || last - end == kMaxComment) fail_damaged();
    --end;
  }
  if (end >= kLocator64Size && number<std::uint32_t>(bytes_, end - kLocator64Size) == kLocator64) {
    const auto at = number<std::uint64_t>(bytes_, end - kLocator64Size + 8);
    const auto end64 = part(bytes_, at, kEnd64Size);
    if (number<std::uint32_t>(end64, 0) != kEnd64) fail_damaged();
    return {.entries = number<std::uint64_t>(end64, 32),
            .offset = number<std::uint64_t>(end64, 48),
            .size = number<std::uint64_t>(end64, 40)};
  }
  return {.entries = number<std::uint16_t>(bytes_, end + 10),
          .offset = number<std::uint32_t>(bytes_, end + 16),
          .size = number<std::uint32_t>(bytes_, end + 12)};
}

ZipArchive::Entry ZipArchive::take_entry(std::string_view& directory) const {
  const auto header = part(directory, 0, kCentralSize);
  if (number<std::uint32_t>(header, 0) != kCentral) fail_damaged();
  const std::size_t name = number<std::uint16_t>(header, 28);
  const std::size_t extra = number<std::uint16_t>(header, 30);
  const std::size_t comment = number<std::uint16_t>(header, 32);
  Entry entry{.name = part(directory, kCentralSize, name),
              .size = number<std::uint32_t>(header, 24),
              .header = number<std::uint32_t>(header, 42),
              .checksum = number<std::uint32_t>(header, 16)};
  std::uint64_t packed = number<std::uint32_t>(header, 20);
  auto longer = extra_numbers(part(directory, kCentralSize + name, extra));
  for (std::uint64_t* value : {&entry.size, &packed, &entry.header}) {
    if (*value != kInExtra) continue;
    *value = number<std::uint64_t>(longer, 0);
    longer.remove_prefix(sizeof *value);
  }
  const bool stored = number<std::uint16_t>(header, 10) == 0 && packed == entry.size;
  if (!stored || (number<std::uint16_t>(header, 8) & kEncrypted) != 0) {
    fail_run("its record {} is compressed or encrypted; save it with torch.save, which stores",
             entry.name);
  }
  directory.remove_prefix(part(directory, 0, kCentralSize + name + extra + comment).size());
  return entry;
}

std::string_view ZipArchive::data_of(const Entry& entry) const {
  const auto header = part(bytes_, entry.header, kLocalSize);
  if (number<std::uint32_t>(header, 0) != kLocal) fail_damaged();
  // Its name and its extra field may differ from those in the directory.
  const std::size_t before = kLocalSize + number<std::uint16_t>(header, 26) +
                             std::size_t{number<std::uint16_t>(header, 28)};
  return part(bytes_, entry.header + before, entry.size);
}

}  // namespace zo
