#pragma once
// What libzotrain_fetch.so offers: the calls of libcurl and libarchive. Plain C, as it is looked up by name at run
// time; what to do about an outcome is decided by the caller.
#include <cstddef>
#include <cstdint>

extern "C" {

/// How a request ended.
enum ZoHttpEnd {
  ZO_HTTP_DONE = 0,
  ZO_HTTP_NO_HOST,      // the name is not known
  ZO_HTTP_NO_PROXY,     // that of the proxy
  ZO_HTTP_UNREACHABLE,  // refused, or no way there
  ZO_HTTP_NO_ANSWER,    // no connection, or nothing said, in time
  ZO_HTTP_TLS,          // no encrypted connection, or a certificate that is not trusted
  ZO_HTTP_SLOW,         // fewer bytes than asked for, for as long as asked for
  ZO_HTTP_CUT,          // closed before the end
  ZO_HTTP_REDIRECTS,    // too many
  ZO_HTTP_BAD_SCHEME,   // of the address, or of one redirected to
  ZO_HTTP_BAD_ADDRESS,  // not one
  ZO_HTTP_NOT_HTTP,     // an answer in another protocol
  ZO_HTTP_STOPPED,      // by a callback
  ZO_HTTP_OTHER
};

/// The answer before its body. Numbers are −1 and texts "" where the server does not say.
struct ZoHttpHead {
  std::int64_t status, length, range_start, range_total;
  const char *etag, *last_modified, *content_type;
};

struct ZoHttpRequest {
  const char* url;
  const char* user_agent;
  const char* authorities;  // file of certificates to trust, null for those of the system
  const char* if_range;     // null, or the version that the range must be of
  std::int64_t offset;      // first byte to send
  std::int64_t least_bytes_per_second;
  std::int64_t patience_s;  // how long it may be slower
  void* self;               // for the callbacks; each returns whether to go on
  bool (*begin)(void* self, const ZoHttpHead* head);
  bool (*write)(void* self, const char* bytes, std::size_t count);
  bool (*wait)(void* self);  // at least once a second
};

/// Gets `request` over http or https; at most five redirects, none from https to http. `why` gets the library's
/// words for an end other than ZO_HTTP_DONE.
int zo_http_get(const ZoHttpRequest* request, char* why, std::size_t why_size);

/// What an archive holds under a name.
enum ZoMemberKind { ZO_MEMBER_FILE = 0, ZO_MEMBER_FOLDER, ZO_MEMBER_LINK, ZO_MEMBER_OTHER };

struct ZoArchiveReader {
  void* self;  // each returns whether to go on
  bool (*member)(void* self, const char* name, int kind);
  bool (*bytes)(void* self, const char* bytes, std::size_t count);
};

/// Reads a .tar.gz from its first member to its last. 0: to its end; 1: a callback has stopped it; 2: it is
/// damaged, 3: it ends too early, with the reason in `why`.
int zo_archive_read(const char* path,
                    const ZoArchiveReader* reader,
                    char* why,
                    std::size_t why_size);
}
