#include "src/fetch/transport.h"

#include <array>
#include <cstdlib>
#include <exception>

#include "src/base/error.h"
#include "src/base/shared_library.h"
#include "src/run/signals.h"
#include "src/run/version.h"

namespace zo {
namespace {

constexpr const char* kLibrary = "libzotrain_fetch.so";

/// Calls across the C interface, which no exception may pass: one that is thrown stops the work and
/// is thrown again behind it.
template <class Target>
struct Callee {
  Target& target;
  std::exception_ptr thrown;

  template <class Call>
  bool call(Call call_it) {
    try {
      return call_it(target);
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
  }
  void pass_on() const {
    if (thrown != nullptr) std::rethrow_exception(thrown);
  }
};

using HttpCallee = Callee<Receiver>;
using ArchiveCallee = Callee<MemberReader>;

bool begin_body(void* self, const ZoHttpHead* head) {
  return static_cast<HttpCallee*>(self)->call([&](Receiver& to) { return to.begin(*head); });
}

bool write_body(void* self, const char* bytes, std::size_t count) {
  return static_cast<HttpCallee*>(self)->call([&](Receiver& to) {
    return to.write({bytes, count});
  });
}

bool no_signal(void*) { return SignalGuard::received() == 0; }

bool begin_member(void* self, const char* name, int kind) {
  return static_cast<ArchiveCallee*>(self)->call(
      [&](MemberReader& to) { return to.member(name, static_cast<ZoMemberKind>(kind)); });
}

bool write_member(void* self, const char* bytes, std::size_t count) {
  return no_signal(nullptr) && static_cast<ArchiveCallee*>(self)->call([&](MemberReader& to) {
    return to.write({bytes, count});
  });
}

}  // namespace

Transport::Transport(const std::string& otherwise) {
  const auto library = SharedLibrary::open(program_folder(), kLibrary, SharedLibrary::Symbols::Own);
  if (library.is_missing()) {
    fail_run(
        "data fetch: this build cannot download ({} is not beside the program); install "
        "libcurl4-openssl-dev and libarchive-dev and build again, or {}",
        kLibrary,
        otherwise);
  }
  if (!library.is_open()) fail_run("data fetch: {}; {}", library.why_not(), otherwise);
  if (!library.look_up("zo_http_get", http_get_) ||
      !library.look_up("zo_archive_read", archive_read_)) {
    fail_run("data fetch: {} belongs to another version of zotrain; build again, or {}",
             kLibrary,
             otherwise);
  }
}

HttpEnd Transport::get(const std::string& url,
                       std::int64_t offset,
                       const std::string& if_range,
                       std::int64_t patience,
                       Receiver& receiver) const {
  const std::string agent = "zotrain/" + build_versions().at("zotrain");
  HttpCallee callee{receiver, nullptr};
  const ZoHttpRequest request = {
      url.c_str(),
      agent.c_str(),
      std::getenv("SSL_CERT_FILE"),  // as OpenSSL's own tools have it
      if_range.empty() ? nullptr : if_range.c_str(),
      offset,
      kLeastSpeed,
      patience,
      &callee,
      begin_body,
      write_body,
      no_signal,
  };
  std::array<char, 512> why{};
  const auto end = static_cast<ZoHttpEnd>(http_get_(&request, why.data(), why.size()));
  callee.pass_on();
  return {end, why.data()};
}

ArchiveEnd Transport::read_archive(const std::string& path, MemberReader& reader) const {
  ArchiveCallee callee{reader, nullptr};
  const ZoArchiveReader callbacks = {&callee, begin_member, write_member};
  std::array<char, 512> why{};
  const int end = archive_read_(path.c_str(), &callbacks, why.data(), why.size());
  callee.pass_on();
  return {static_cast<decltype(ArchiveEnd::end)>(end), why.data()};
}

}  // namespace zo
