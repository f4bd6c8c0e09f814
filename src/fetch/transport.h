#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "src/fetch/net/api.h"

namespace zo {

/// Who takes an answer. What a member throws is passed on to who asked.
class Receiver {
 public:
  virtual ~Receiver() = default;
  /// Before the body; each returns whether to go on.
  virtual bool begin(const ZoHttpHead& head) = 0;
  virtual bool write(std::string_view bytes) = 0;
};

/// Who takes the members of an archive, likewise.
class MemberReader {
 public:
  virtual ~MemberReader() = default;
  virtual bool member(const std::string& name, ZoMemberKind kind) = 0;
  virtual bool write(std::string_view bytes) = 0;
};

/// How a request or the reading of an archive ended, and the library's words for it.
struct HttpEnd {
  ZoHttpEnd end = ZO_HTTP_OTHER;
  std::string why;
};
struct ArchiveEnd {
  enum { Done, Stopped, Damaged, Truncated } end = Damaged;
  std::string why;
};

/// libcurl and libarchive, in libzotrain_fetch.so, which only fetching loads. A request ends when
/// SignalGuard has received a signal.
class Transport {
 public:
  /// Throws Error(Run) in a build without them; `otherwise` is the way out then.
  explicit Transport(const std::string& otherwise);

  /// From byte `offset` on, of the version `if_range` where it is not empty. Gives up where less than
  /// `kLeastSpeed` comes for `patience` seconds.
  HttpEnd get(const std::string& url,
              std::int64_t offset,
              const std::string& if_range,
              std::int64_t patience,
              Receiver& receiver) const;
  ArchiveEnd read_archive(const std::string& path, MemberReader& reader) const;

  static constexpr std::int64_t kLeastSpeed = 1000;  // bytes a second

 private:
  decltype(&zo_http_get) http_get_ = nullptr;
  decltype(&zo_archive_read) archive_read_ = nullptr;
};

}  // namespace zo
