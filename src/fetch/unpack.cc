#include "src/fetch/unpack.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "src/base/error.h"
#include "src/base/progress.h"
#include "src/fetch/verify.h"
#include "src/run/signals.h"

namespace zo {
namespace {

namespace fs = std::filesystem;

// A CIFAR set takes 180 MB in eight files.
constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;
constexpr int kMostFiles = 100;

/// A folder that is removed with what is left in it, and with what a process that was killed left.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(fs::path path) : path_(std::move(path)) {
    std::error_code error;
    fs::remove_all(path_, error);
    if (!error) fs::create_directory(path_, error);
    if (error) {
      fail_run("{}: cannot be made: {}; choose a --data-dir that is writable",
               path_.string(),
               error.message());
    }
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Writes the members into `folder`.
class Unpacker final : public MemberReader {
 public:
  explicit Unpacker(fs::path folder) : folder_(std::move(folder)) { fs::create_directory(folder_); }
  ~Unpacker() override { close(); }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  bool member(const std::string& member, ZoMemberKind kind) override {
    end_file();
    const std::string name = name_of_member(member, kind, folder_.filename().string());
    if (name.empty()) return true;
    if (++files_ > kMostFiles) fail_run("the archive holds more than {} files", kMostFiles);
    name_ = name;
    descriptor_ = ::open(
        (folder_ / name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor_ < 0) fail_run("{}: cannot be made: {}", name, std::strerror(errno));
    return true;
  }

  bool write(std::string_view bytes) override {
    bytes_ += static_cast<std::int64_t>(bytes.size());
    if (bytes_ > kMostBytes) {
      fail_run("the archive holds more than {} bytes", count_text(kMostBytes));
    }
    while (!bytes.empty()) {
      const auto done = ::write(descriptor_, bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) fail();
      bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
  }

  /// Must follow the last member.
  void end_file() {
    if (descriptor_ >= 0 && ::fsync(descriptor_) != 0) fail();
    close();
  }

 private:
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }
  [[noreturn]] void fail() const {
    fail_run("{}: cannot be written: {}; make room, and the same command goes on from there",
             name_,
             std::strerror(errno));
  }

  fs::path folder_;
  std::string name_;
  int descriptor_ = -1, files_ = 0;
  std::int64_t bytes_ = 0;
};

}  // namespace

std::string name_of_member(const std::string& member,
                           ZoMemberKind kind,
                           const std::string& folder) {
  std::string name = member.starts_with("./") ? member.substr(2) : member;
  while (name.ends_with('/')) name.pop_back();
  if (kind == ZO_MEMBER_FOLDER && (name == folder || name.empty() || name == ".")) return "";
  if (kind != ZO_MEMBER_FILE) {
    fail_run("the archive holds {}, which is no plain file; it is refused", member);
  }
  const std::string start = folder + "/";
  std::string rest = name.starts_with(start) ? name.substr(start.size()) : "";
  if (rest.empty() || rest == "." || rest == ".." || rest.find('/') != std::string::npos) {
    fail_run("the archive holds {}, which would not lie in {}; it is refused", member, folder);
  }
  return rest;
}

namespace {

/// As verify(), with names as the archive has them.
Verified verify_unpacked(const Source& source, const fs::path& folder) {
  try {
    return verify(source, folder.string());
  } catch (const Error& error) {
    std::string message = error.what();
    const std::string prefix = folder.string() + "/";
    for (auto at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) {
      message.erase(at, prefix.size());
    }
    throw Error(Error::Kind::Run, message);
  }
}

}  // namespace

std::optional<std::string> unpack(const Transport& transport,
                                  const Source& source,
                                  const std::string& archive,
                                  const std::string& directory) {
  // One process has the archive, so the name is free.
  const TemporaryFolder temporary(archive + ".unpacking");
  const fs::path folder = temporary.path() / source.cifar->folder;
  {
    Unpacker unpacker(folder);
    const ArchiveEnd ended = transport.read_archive(archive, unpacker);
    if (SignalGuard::received() != 0) return std::nullopt;
    if (ended.end != ArchiveEnd::Done) fail_run("the archive is damaged: {}", ended.why);
    unpacker.end_file();
  }
  const Verified found = verify_unpacked(source, temporary.path());
  const fs::path target = fs::path(directory) / source.cifar->folder;
  if (::rename(folder.c_str(), target.c_str()) != 0) {
    fail_run("{}: cannot be made: {}", target.string(), std::strerror(errno));
  }
  return found.summary();
}

}  // namespace zo
