#include <curl/curl.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "src/fetch/net/api.h"

namespace {

constexpr long kRedirects = 5;

/// One request on its way.
struct Transfer {
  const ZoHttpRequest* request;
  CURL* handle;
  bool begun = false;

  std::string header(const char* name) const {
    curl_header* found = nullptr;
    return curl_easy_header(handle, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value
                                                                                    : "";
  }
  bool begin() {
    if (begun) return true;
    begun = true;
    ZoHttpHead head = {};
    long status = 0;
    curl_off_t length = -1;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    head.status = status;
    head.length = length;
    head.range_start = head.range_total = -1;
    // Content-Range: bytes FIRST-LAST/TOTAL
    const std::string range = header("Content-Range");
    long long first = -1, last = -1, total = -1;
    const int read = std::sscanf(range.c_str(), "bytes %lld-%lld/%lld", &first, &last, &total);
    if (read >= 2) head.range_start = first;
    if (read == 3) head.range_total = total;
    const std::string etag = header("ETag"), modified = header("Last-Modified"),
                      type = header("Content-Type");
    head.etag = etag.c_str();
    head.last_modified = modified.c_str();
    head.content_type = type.c_str();
    return request->begin(request->self, &head);
  }
};

std::size_t write_body(char* bytes, std::size_t, std::size_t count, void* self) {
  auto* transfer = static_cast<Transfer*>(self);
  const ZoHttpRequest& request = *transfer->request;
  return transfer->begin() && request.write(request.self, bytes, count) ? count : 0;
}

int watch(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const ZoHttpRequest& request = *static_cast<Transfer*>(self)->request;
  return request.wait(request.self) ? 0 : 1;
}

/// `answered`: with a status and headers.
ZoHttpEnd end_of(CURLcode code, bool connected, bool answered) {
  switch (code) {
    case CURLE_OK:
      return ZO_HTTP_DONE;
    case CURLE_COULDNT_RESOLVE_HOST:
      return ZO_HTTP_NO_HOST;
    case CURLE_COULDNT_RESOLVE_PROXY:
      return ZO_HTTP_NO_PROXY;
    case CURLE_COULDNT_CONNECT:
      return ZO_HTTP_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT:
      return answered ? ZO_HTTP_SLOW : ZO_HTTP_NO_ANSWER;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
      return ZO_HTTP_TLS;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return ZO_HTTP_CUT;
    case CURLE_TOO_MANY_REDIRECTS:
      return ZO_HTTP_REDIRECTS;
    case CURLE_UNSUPPORTED_PROTOCOL:
      // libcurl takes what begins as no answer does for HTTP/0.9, which had no status.
      return connected && !answered ? ZO_HTTP_NOT_HTTP : ZO_HTTP_BAD_SCHEME;
    case CURLE_WEIRD_SERVER_REPLY:
      return ZO_HTTP_NOT_HTTP;
    case CURLE_URL_MALFORMAT:
      return ZO_HTTP_BAD_ADDRESS;
    case CURLE_WRITE_ERROR:
    case CURLE_ABORTED_BY_CALLBACK:
      return ZO_HTTP_STOPPED;
    default:
      return ZO_HTTP_OTHER;
  }
}

/// Sets what must be in force; whether this libcurl knows it all.
template <class... Values>
bool set(CURL* handle, CURLoption option, Values... values) {
  return curl_easy_setopt(handle, option, values...) == CURLE_OK;
}

bool prepare(Transfer& transfer, curl_slist* headers, char* words) {
  const ZoHttpRequest& request = *transfer.request;
  CURL* handle = transfer.handle;
  const bool secure = std::strncmp(request.url, "https:", 6) == 0;
  const std::string range = std::to_string(request.offset) + "-";
  return set(handle, CURLOPT_URL, request.url) && set(handle, CURLOPT_ERRORBUFFER, words) &&
         set(handle, CURLOPT_USERAGENT, request.user_agent) && set(handle, CURLOPT_NOSIGNAL, 1L) &&
         set(handle, CURLOPT_PROTOCOLS_STR, "http,https") &&
         set(handle, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https") &&
         set(handle, CURLOPT_FOLLOWLOCATION, 1L) && set(handle, CURLOPT_MAXREDIRS, kRedirects) &&
         set(handle, CURLOPT_CONNECTTIMEOUT, static_cast<long>(request.patience_s)) &&
         set(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.patience_s)) &&
         set(handle, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(request.least_bytes_per_second)) &&
         (request.authorities == nullptr || set(handle, CURLOPT_CAINFO, request.authorities)) &&
         (request.offset == 0 || set(handle, CURLOPT_RANGE, range.c_str())) &&
         set(handle, CURLOPT_HTTPHEADER, headers) &&
         set(handle, CURLOPT_WRITEFUNCTION, write_body) &&
         set(handle, CURLOPT_WRITEDATA, &transfer) && set(handle, CURLOPT_NOPROGRESS, 0L) &&
         set(handle, CURLOPT_XFERINFOFUNCTION, watch) &&
         set(handle, CURLOPT_XFERINFODATA, &transfer);
}

}  // namespace

int zo_http_get(const ZoHttpRequest* request, char* why, std::size_t why_size) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(),
                                                                   curl_easy_cleanup);
  std::array<char, CURL_ERROR_SIZE> words{};
  curl_slist* list = nullptr;
  if (request->if_range != nullptr) {
    list = curl_slist_append(nullptr, (std::string("If-Range: ") + request->if_range).c_str());
  }
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list,
                                                                            curl_slist_free_all);
  Transfer transfer{request, handle.get()};
  if (started != CURLE_OK || handle == nullptr || !prepare(transfer, headers.get(), words.data())) {
    std::snprintf(why, why_size, "this libcurl lacks what is needed");
    return ZO_HTTP_OTHER;
  }
  const CURLcode code = curl_easy_perform(handle.get());
  curl_off_t connected = 0;
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_PRETRANSFER_TIME_T, &connected);
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  // An answer without a body has not begun yet.
  if (code == CURLE_OK && !transfer.begin()) return ZO_HTTP_STOPPED;
  const bool spoken = words[0] != '\0';
  std::snprintf(why, why_size, "%s", spoken ? words.data() : curl_easy_strerror(code));
  return end_of(code, connected > 0, status > 0);
}
