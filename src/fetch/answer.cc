#include "src/fetch/answer.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "src/base/error.h"

namespace zo {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 30;  // bytes of a file whose length is not known

constexpr const char* kWebPage =
    "sends a web page in place of the file (a network that wants a login does so)";

/// A version that tells equal bytes from others, "" where the server gives none.
std::string version_of(const ZoHttpHead& head) {
  const std::string etag = head.etag;
  return etag.empty() || etag.starts_with("W/") ? head.last_modified : etag;
}

std::string reason_of(std::int64_t status) {
  if (status == 404 || status == 410) return fmt::format("has no such file (HTTP {})", status);
  if (status == 401 || status == 403) return fmt::format("does not let us in (HTTP {})", status);
  if (status == 429) return "has too many requests (HTTP 429)";
  if (status >= 500) return fmt::format("is out of order (HTTP {})", status);
  return fmt::format("answers HTTP {} instead of the file", status);
}

}  // namespace

std::string without_login(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const auto authority = scheme + 3;
  const auto end = std::min(url.find_first_of("/?#", authority), url.size());
  // What stands before the last @ of the authority may be a password.
  const auto at = url.rfind('@', end);
  if (at == std::string::npos || at < authority) return url;
  return url.substr(0, authority) + url.substr(at + 1);
}

std::string host_of(const std::string& url) {
  std::string plain = without_login(url);
  const auto scheme = plain.find("://");
  if (scheme == std::string::npos) return plain;
  const std::string rest = plain.substr(scheme + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

Answer::Answer(const RemoteFile& file,
               const std::string& url,
               std::int64_t unpacked,
               PartFile& part,
               Progress& progress)
    : file_(file),
      url_(url),
      unpacked_(unpacked),
      part_(part),
      progress_(progress),
      before_(part.size()) {}

bool Answer::refuse(std::string why, bool may_change) {
  refusal_ = std::move(why);
  may_change_ = may_change;
  return false;
}

bool Answer::begin(const ZoHttpHead& head) {
  const bool known = head.status == 206 ? begin_range(head) : begin_whole(head);
  if (!known) return false;
  if (std::string_view(head.content_type).starts_with("text/html")) return refuse(kWebPage);
  if (total_ >= 0 && file_.bytes > 0 && total_ != file_.bytes) {
    return refuse(fmt::format("says that the file has {} bytes, the published one has {}",
                              count_text(total_),
                              count_text(file_.bytes)));
  }
  if (total_ > kMost) {
    return refuse(fmt::format("says that the file has {} bytes, more than {} is refused",
                              count_text(total_),
                              count_text(kMost)));
  }
  require_room();
  part_.set_origin({without_login(url_), version_of(head), std::max<std::int64_t>(total_, 0)});
  return true;
}

/// The part from where ours ends, of the same file.
bool Answer::begin_range(const ZoHttpHead& head) {
  total_ = head.range_total;
  if (total_ < 0 && head.length >= 0) total_ = part_.size() + head.length;
  const std::int64_t known = part_.origin().bytes;
  if (head.range_start == part_.size() && (total_ < 0 || known == 0 || total_ == known))
    return true;
  part_.restart();
  return refuse("has another file by now, or sends another part of it than asked for", true);
}

bool Answer::begin_whole(const ZoHttpHead& head) {
  if (head.status == 416) {
    part_.restart();
    return refuse("has nothing behind the bytes that came before (HTTP 416)", true);
  }
  if (head.status != 200) {
    return refuse(reason_of(head.status), head.status >= 500 || head.status == 429);
  }
  total_ = head.length;
  if (part_.size() > 0) {
    progress_.say(
        fmt::format("{} does not go on, or has a newer file: from the start", host_of(url_)));
    part_.restart();
    before_ = 0;
  }
  return true;
}

void Answer::require_room() const {
  std::error_code unknown;
  const auto room = std::filesystem::space(part_.path(), unknown);
  const std::int64_t needed = std::max<std::int64_t>(total_ - part_.size(), 0) + unpacked_;
  if (unknown || static_cast<std::uintmax_t>(needed) <= room.available) return;
  fail_run("{}: {} bytes are needed there, {} are free; make room, or choose another --data-dir",
           std::filesystem::path(part_.path()).parent_path().string(),
           count_text(needed),
           count_text(static_cast<std::int64_t>(room.available)));
}

bool Answer::write(std::string_view bytes) {
  if (part_.size() == 0 && !bytes.empty()) {
    const char first = bytes.front();
    const bool text = (first >= '0' && first <= '9') || first == '+' || first == '-';
    if (first == '<') return refuse(kWebPage);
    // LIBSVM's files begin with a label, .tar.gz with 1f 8b.
    if (file_.features > 0 ? !text : first != '\x1f') {
      return refuse(file_.features > 0 ? "sends something else than text in LIBSVM's format"
                                       : "sends something else than a .tar.gz");
    }
  }
  const std::int64_t most = file_.bytes > 0 ? file_.bytes : kMost;
  if (part_.size() + static_cast<std::int64_t>(bytes.size()) > most) {
    part_.restart();
    return refuse(fmt::format("sends more than {} bytes", count_text(most)));
  }
  part_.append(bytes);
  if (progress_.due()) tell();
  return true;
}

std::string Answer::so_far() const {
  return total_ < 0 ? fmt::format("{} bytes", count_text(part_.size()))
                    : fmt::format("{} of {} bytes", count_text(part_.size()), count_text(total_));
}

void Answer::tell() const {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double speed = static_cast<double>(part_.size() - before_) / std::max(seconds, 1e-3);
  const double rest = static_cast<double>(std::max(total_ - part_.size(), std::int64_t{0}));
  progress_.status(fmt::format("{}: {}, {:.2f} MB/s{}",
                               file_.name,
                               so_far(),
                               speed / 1e6,
                               total_ < 0 ? "" : ", " + duration_text(rest / speed) + " left"));
}

}  // namespace zo
