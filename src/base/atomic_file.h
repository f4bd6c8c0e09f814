#pragma once
#include <string>
#include <string_view>

namespace zo {

/// Replaces `path` by a file of `bytes`: written beside it, synced to disk, renamed. A reader sees
/// the old file or the new one, never a part. Throws Error(Run) with the file and the reason.
void write_file_atomically(const std::string& path, std::string_view bytes);

/// Throws Error(Usage) where `path` is anything but a file that can be read to its end: a folder, a pipe,
/// a device, or nothing.
void require_regular_file(const std::string& path);

/// The whole file. Throws Error(Usage) with the file and the reason.
std::string read_file(const std::string& path);

}  // namespace zo
