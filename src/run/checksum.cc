#include "src/run/checksum.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

#include "src/base/atomic_file.h"
#include "src/base/error.h"

namespace zo {

std::string sha256_of_file(const std::string& path) {
  require_regular_file(path);
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_usage("{}: cannot be read: {}", path, std::strerror(errno));
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state(EVP_MD_CTX_new(),
                                                                      EVP_MD_CTX_free);
  bool sound = state != nullptr && EVP_DigestInit_ex(state.get(), EVP_sha256(), nullptr) == 1;
  std::vector<char> chunk(std::size_t{1} << 20);
  while (sound && file) {
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    const auto count = static_cast<std::size_t>(file.gcount());
    sound = EVP_DigestUpdate(state.get(), chunk.data(), count) == 1;
  }
  if (sound && !file.eof()) fail_usage("{}: cannot be read: {}", path, std::strerror(errno));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (!sound || EVP_DigestFinal_ex(state.get(), digest.data(), &size) != 1) {
    fail_run("{}: SHA-256 is not available in this OpenSSL", path);
  }
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace zo
