#include <archive.h>
#include <archive_entry.h>

#include <cstdio>
#include <cstring>
#include <memory>

#include "src/fetch/net/api.h"

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16;  // bytes read at once
constexpr int kDone = 0, kStopped = 1, kDamaged = 2, kTruncated = 3;

ZoMemberKind kind_of(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr || archive_entry_symlink(entry) != nullptr) {
    return ZO_MEMBER_LINK;
  }
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
      return ZO_MEMBER_FILE;
    case AE_IFDIR:
      return ZO_MEMBER_FOLDER;
    case AE_IFLNK:
      return ZO_MEMBER_LINK;
    default:
      return ZO_MEMBER_OTHER;
  }
}

/// The bytes of the present member, of a sparse one with its holes.
int read_member(archive* source, const ZoArchiveReader& reader) {
  static char block[kBlock];
  for (;;) {
    const la_ssize_t count = archive_read_data(source, block, sizeof block);
    if (count == 0) return kDone;
    if (count < 0) return kDamaged;
    if (!reader.bytes(reader.self, block, static_cast<std::size_t>(count))) return kStopped;
  }
}

int read_all(archive* source, const char* path, const ZoArchiveReader& reader) {
  if (archive_read_support_filter_gzip(source) != ARCHIVE_OK ||
      archive_read_support_format_tar(source) != ARCHIVE_OK ||
      archive_read_open_filename(source, path, kBlock) != ARCHIVE_OK) {
    return kDamaged;
  }
  archive_entry* entry = nullptr;
  for (;;) {
    const int status = archive_read_next_header(source, &entry);
    if (status == ARCHIVE_EOF) return kDone;
    // A warning is about names in other alphabets, which are refused elsewhere.
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return kDamaged;
    const char* name = archive_entry_pathname(entry);
    if (!reader.member(reader.self, name == nullptr ? "" : name, kind_of(entry))) return kStopped;
    const int read = read_member(source, reader);
    if (read != kDone) return read;
  }
}

}  // namespace

int zo_archive_read(const char* path,
                    const ZoArchiveReader* reader,
                    char* why,
                    std::size_t why_size) {
  const std::unique_ptr<archive, decltype(&archive_read_free)> source(archive_read_new(),
                                                                      archive_read_free);
  const int end = read_all(source.get(), path, *reader);
  if (end != kDamaged) return end;
  const char* words = archive_error_string(source.get());
  std::snprintf(why, why_size, "%s", words == nullptr ? "not a .tar.gz" : words);
  // libarchive has one code for both, and says "truncated" in every message of the second kind.
  return std::strstr(why, "runcated") != nullptr ? kTruncated : kDamaged;
}
