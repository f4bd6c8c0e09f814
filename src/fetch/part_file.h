#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace zo {

/// Which bytes a part is of.
struct Origin {
  std::string url;
  std::string
      version;  // a strong ETag or the date of the last change; "" where the server gave none
  std::int64_t bytes = 0;  // of the whole file; 0 where not known
};

/// A download that is not complete: PATH.part, and beside it PATH.part.json with its origin. Both
/// stay when the process ends, so that the next one can go on.
class PartFile {
 public:
  /// Opens or creates it. Throws Error(Run) where that cannot be done, or another process has it.
  explicit PartFile(const std::string& path);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  const std::string& path() const { return path_; }
  std::int64_t size() const { return size_; }
  const Origin& origin() const { return origin_; }
  void set_origin(const Origin& origin);
  /// Throws Error(Run) with the reason, a full disk above all; what was written before is kept.
  void append(std::string_view bytes);
  /// Forgets what came so far.
  void restart();
  /// The whole file, synced to disk, becomes `path`.
  void keep_as(const std::string& path);
  /// Removes both files.
  void remove();

 private:
  std::string path_, origin_path_;
  int descriptor_;
  std::int64_t size_ = 0;
  Origin origin_;
};

}  // namespace zo
