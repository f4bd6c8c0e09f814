#include "src/fetch/fetch.h"

#include <algorithm>
#include <filesystem>

#include "src/base/error.h"
#include "src/fetch/unpack.h"
#include "src/fetch/verify.h"

namespace zo {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kCifarBytes = 185000000;  // unpacked

void require_options(const Source& source, const FetchOptions& options) {
  for (const std::string& mirror : options.mirrors) {
    if (!mirror.starts_with("http://") && !mirror.starts_with("https://")) {
      fail_usage(
          "--mirror {}: must start with https:// or http://; a file on this machine is used "
          "by hand: {}",
          mirror,
          source.by_hand(options.directory));
    }
    if (!mirror.ends_with('/') && source.files.size() > 1) {
      fail_usage("--mirror {}: names one file, {} has {}; name their folder, with a / at the end",
                 mirror,
                 source.name,
                 source.files.size());
    }
  }
  if (options.sha256.empty()) return;
  const bool hex = options.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (options.sha256.size() != 64 || !hex) {
    fail_usage("--sha256 {}: must be 64 digits 0-9a-f", options.sha256);
  }
  if (options.mirrors.empty() || source.files.size() > 1) {
    fail_usage("--sha256: is that of one file at a --mirror; give {}",
               options.mirrors.empty() ? "--mirror" : "it for a set of one file");
  }
}

/// The file as it is asked for here.
RemoteFile wanted(RemoteFile file, const FetchOptions& options) {
  if (options.sha256.empty()) return file;
  file.sha256 = options.sha256;
  file.bytes = 0;
  return file;
}

std::vector<std::string> addresses(const RemoteFile& file, const FetchOptions& options) {
  std::vector<std::string> urls;
  const std::string remote_name = file.url.substr(file.url.rfind('/') + 1);
  for (const std::string& mirror : options.mirrors) {
    urls.push_back(mirror.ends_with('/') ? mirror + remote_name : mirror);
  }
  if (options.sha256.empty()) urls.push_back(file.url);
  return urls;
}

bool has_file(const std::string& directory, const RemoteFile& file) {
  return fs::exists(fs::path(directory) / file.name);
}

/// Without the advice to fetch the set, which is what is done here.
std::string without_remedy(const Source& source, std::string message) {
  if (source.cifar == nullptr) return message;
  const std::string remedy = "; " + source.cifar->remedy();
  const auto at = message.find(remedy);
  return at == std::string::npos ? message : message.erase(at, remedy.size());
}

/// Whether all of it is there already. Says so; throws where what is there is not sound.
bool is_fetched(const Source& source, const std::string& directory, Progress& progress) {
  if (!is_there(source, directory)) return false;
  try {
    const std::string summary = verify(source, directory).summary();
    const bool whole = source.cifar != nullptr ||
                       std::all_of(source.files.begin(), source.files.end(), [&](const auto& file) {
                         return has_file(directory, file);
                       });
    if (whole) progress.say(fmt::format("{} is in {}: {}", source.name, directory, summary));
    return whole;
  } catch (const Error& error) {
    fail_run("{}; move it out of {} and fetch {} again",
             without_remedy(source, error.what()),
             directory,
             source.name);
  }
}

void make_folder(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    fail_run("--data-dir {}: cannot be made: {}; choose another", directory, error.message());
  }
}

/// One file with its download; what it holds, or nothing where a signal came first.
std::optional<std::string> fetch_file(const Transport& transport,
                                      const Source& source,
                                      const RemoteFile& published,
                                      const FetchOptions& options,
                                      Progress& progress) {
  const RemoteFile file = wanted(published, options);
  const fs::path path = fs::path(options.directory) / file.name;
  PartFile part(path.string());
  const bool came = download(transport,
                             file,
                             addresses(file, options),
                             source.cifar != nullptr ? kCifarBytes : 0,
                             options.download,
                             source.by_hand(options.directory),
                             part,
                             progress);
  if (!came) {
    progress.say(
        fmt::format("stopped: {} bytes are kept in {}; the same command goes on from there",
                    count_text(part.size()),
                    part.path()));
    return std::nullopt;
  }
  try {
    if (source.cifar == nullptr) {
      verify_libsvm(file, part.path());
      part.keep_as(path.string());
      return "";
    }
    progress.say(fmt::format("{} is complete, unpacking", file.name));
    auto held = unpack(transport, source, part.path(), options.directory);
    if (held) part.remove();
    return held;
  } catch (const Error& error) {
    fail_run(
        "{}: {}; what came is {}", file.name, without_remedy(source, error.what()), part.path());
  }
}

}  // namespace

bool fetch(const Source& source, const FetchOptions& options, Progress& progress) {
  require_options(source, options);
  if (is_fetched(source, options.directory, progress)) return true;
  const Transport transport(source.by_hand(options.directory));
  make_folder(options.directory);
  std::string held;
  for (const RemoteFile& file : source.files) {
    if (source.cifar == nullptr && has_file(options.directory, file)) continue;
    const auto one = fetch_file(transport, source, file, options, progress);
    if (!one) return false;
    held = *one;
  }
  if (source.cifar == nullptr) held = verify(source, options.directory).summary();
  progress.say(fmt::format("{} is in {}: {}", source.name, options.directory, held));
  return true;
}

}  // namespace zo
