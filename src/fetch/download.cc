#include "src/fetch/download.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "src/base/error.h"
#include "src/base/log.h"
#include "src/fetch/answer.h"
#include "src/run/checksum.h"
#include "src/run/signals.h"

namespace zo {
namespace {

/// A cut that brought this much is no try: a server may cut every long transfer.
constexpr std::int64_t kWorthwhile = std::int64_t{1} << 20;
constexpr double kLongestPause = 60.0;  // seconds

struct Outcome {
  enum { Complete, Again, Failed, Signal } kind;
  std::string why;  // what the server did, to be read behind its name
};

/// Reads an archive to see where it ends.
class NoReader final : public MemberReader {
  bool member(const std::string&, ZoMemberKind) override { return true; }
  bool write(std::string_view) override { return true; }
};

class Download {
 public:
  Download(const Transport& transport,
           const RemoteFile& file,
           std::int64_t unpacked,
           const DownloadOptions& options,
           PartFile& part,
           Progress& progress)
      : transport_(transport),
        file_(file),
        unpacked_(unpacked),
        options_(options),
        part_(part),
        progress_(progress) {}

  /// What the part is not that the file is; "" when it is the file.
  std::string problem() const {
    if (file_.bytes > 0 && part_.size() != file_.bytes) {
      return fmt::format("gives {} bytes, the published file has {}",
                         count_text(part_.size()),
                         count_text(file_.bytes));
    }
    if (file_.sha256.empty()) return "";
    const std::string found = sha256_of_file(part_.path());
    if (found == file_.sha256) return "";
    NoReader reader;
    if (file_.features == 0 &&
        transport_.read_archive(part_.path(), reader).end == ArchiveEnd::Truncated) {
      return fmt::format("says that the file has {} bytes, but the archive does not end there",
                         count_text(part_.size()));
    }
    return fmt::format("gives another file: SHA-256 {}, expected {}", found, file_.sha256);
  }

  /// Whether the part is the whole file already, as when a process ended before it unpacked.
  bool is_complete() const {
    const bool whole =
        part_.size() > 0 && (part_.size() == file_.bytes || part_.size() == part_.origin().bytes);
    return whole && !file_.sha256.empty() && problem().empty();
  }

  /// From one server, with all its tries.
  Outcome from(const std::string& url) {
    std::int64_t tries = 0;
    for (;;) {
      const std::int64_t before = part_.size();
      Outcome outcome = ask(url);
      if (outcome.kind != Outcome::Again) return outcome;
      tries = part_.size() < before + kWorthwhile ? tries + 1 : 0;
      if (tries > options_.tries) {
        const std::string often = tries > 1 ? fmt::format(", {} times in a row", tries) : "";
        return {Outcome::Failed, outcome.why + often};
      }
      if (tries > 0 && !pause(tries)) return {Outcome::Signal, ""};
    }
  }

  /// Bytes that may be gone on from: those of another version show in the checksum, and where there
  /// is none, the server must be the same and tell versions apart.
  bool may_go_on(const std::string& url) const {
    const Origin& origin = part_.origin();
    return !file_.sha256.empty() || (origin.url == without_login(url) && !origin.version.empty());
  }

 private:
  Outcome ask(const std::string& url) {
    // What came from elsewhere is kept until this server answers.
    const std::int64_t offset = may_go_on(url) ? part_.size() : 0;
    const std::string version =
        part_.origin().url == without_login(url) ? part_.origin().version : "";
    Answer answer(file_, url, unpacked_, part_, progress_);
    const HttpEnd ended = transport_.get(url, offset, version, options_.patience, answer);
    if (SignalGuard::received() != 0) return {Outcome::Signal, ""};
    if (!answer.refusal().empty()) {
      return {answer.may_change() ? Outcome::Again : Outcome::Failed, answer.refusal()};
    }
    if (ended.end == ZO_HTTP_CUT) {
      return {Outcome::Again, fmt::format("cuts the connection after {}", answer.so_far())};
    }
    if (ended.end != ZO_HTTP_DONE) return {Outcome::Failed, reason(ended, answer)};
    const std::string why = problem();
    if (why.empty()) return {Outcome::Complete, ""};
    part_.restart();
    // Bytes of two files may be mixed: once more, all from here.
    return {offset > 0 ? Outcome::Again : Outcome::Failed, why};
  }

  std::string reason(const HttpEnd& ended, const Answer& answer) const {
    switch (ended.end) {
      case ZO_HTTP_NO_HOST:
        return "is not known here as a host: check the name and the network";
      case ZO_HTTP_NO_PROXY:
        return "cannot be asked, as the proxy of http_proxy or https_proxy is not known";
      case ZO_HTTP_UNREACHABLE:
        return fmt::format("cannot be reached ({})", ended.why);
      case ZO_HTTP_NO_ANSWER:
        return fmt::format("does not answer within {} s (--timeout)", options_.patience);
      case ZO_HTTP_TLS:
        return fmt::format(
            "cannot be trusted ({}): check the clock and the package ca-certificates; "
            "SSL_CERT_FILE=FILE names other authorities",
            ended.why);
      case ZO_HTTP_SLOW:
        return fmt::format("is too slow: under {} bytes a second for {} s (--timeout), {} came",
                           count_text(Transport::kLeastSpeed),
                           options_.patience,
                           answer.so_far());
      case ZO_HTTP_REDIRECTS:
        return "redirects too often";
      case ZO_HTTP_BAD_SCHEME:
        return "redirects to another protocol than http and https, or from https to http";
      case ZO_HTTP_NOT_HTTP:
        return "does not speak HTTP";
      case ZO_HTTP_BAD_ADDRESS:
        return "is no address";
      default:
        return fmt::format("cannot be read ({})", ended.why);
    }
  }

  /// Before the next try; false when a signal comes.
  bool pause(std::int64_t tries) const {
    const double seconds =
        std::min(options_.pause * std::exp2(static_cast<double>(tries - 1)), kLongestPause);
    const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (SignalGuard::received() == 0 && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return SignalGuard::received() == 0;
  }

  const Transport& transport_;
  const RemoteFile& file_;
  std::int64_t unpacked_;
  const DownloadOptions& options_;
  PartFile& part_;
  Progress& progress_;
};

}  // namespace

bool download(const Transport& transport,
              const RemoteFile& file,
              const std::vector<std::string>& urls,
              std::int64_t unpacked,
              const DownloadOptions& options,
              const std::string& otherwise,
              PartFile& part,
              Progress& progress) {
  Download download(transport, file, unpacked, options, part, progress);
  if (download.is_complete()) return true;
  std::string last;
  for (const std::string& url : urls) {
    if (!last.empty()) warn("{}: {}; asking {} next", file.name, last, host_of(url));
    progress.say(
        part.size() > 0 && download.may_go_on(url)
            ? fmt::format(
                  "{} from {}, on from {} bytes", file.name, host_of(url), count_text(part.size()))
            : fmt::format("{} from {}", file.name, host_of(url)));
    const Outcome outcome = download.from(url);
    if (outcome.kind == Outcome::Complete) return true;
    if (outcome.kind == Outcome::Signal) return false;
    last = fmt::format("{} {}", host_of(url), outcome.why);
  }
  const std::string kept =
      part.size() == 0
          ? ""
          : fmt::format("{} bytes are kept and the same command goes on from there; or ",
                        count_text(part.size()));
  if (part.size() == 0) part.remove();
  fail_run("{}: {}; {}{}", file.name, last, kept, otherwise);
}

}  // namespace zo
