#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/progress.h"
#include "src/fetch/part_file.h"
#include "src/fetch/sources.h"
#include "src/fetch/transport.h"

namespace zo {

/// "HOST[:PORT]" of an address, or the whole text where it has none: what messages name.
std::string host_of(const std::string& url);

/// The address without user and password: what may be kept on disk.
std::string without_login(const std::string& url);

/// Takes what a server answers to one request for the end of a part, and refuses what cannot be it.
class Answer final : public Receiver {
 public:
  /// `unpacked` more bytes must have room.
  Answer(const RemoteFile& file,
         const std::string& url,
         std::int64_t unpacked,
         PartFile& part,
         Progress& progress);

  bool begin(const ZoHttpHead& head) override;
  bool write(std::string_view bytes) override;

  /// Why it was refused, "" while it was not; and whether asking again may help.
  const std::string& refusal() const { return refusal_; }
  bool may_change() const { return may_change_; }
  /// "3,000 of 20,000 bytes", as far as it came.
  std::string so_far() const;

 private:
  bool refuse(std::string why, bool may_change = false);
  bool begin_range(const ZoHttpHead& head);
  bool begin_whole(const ZoHttpHead& head);
  void require_room() const;
  void tell() const;

  const RemoteFile& file_;
  std::string url_;
  std::int64_t unpacked_;
  PartFile& part_;
  Progress& progress_;
  std::int64_t total_ = -1, before_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::string refusal_;
  bool may_change_ = false;
};

}  // namespace zo
