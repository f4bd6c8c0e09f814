#include "src/run/checksum.h"

#include <openssl/evp.h>

#include <array>

#include "src/base/atomic_file.h"
#include "src/base/error.h"

namespace zo {

std::string sha256_of_file(const std::string& path) {
  const std::string bytes = read_file(path);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    fail_run("{}: SHA-256 is not available in this OpenSSL", path);
  }
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace zo
