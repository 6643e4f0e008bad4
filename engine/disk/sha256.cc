#include "engine/disk/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <string_view>

namespace nextline {
namespace {

EVP_MD_CTX* of(void* context) { return static_cast<EVP_MD_CTX*>(context); }

}  // namespace

void Sha256::FreeContext::operator()(void* context) const { EVP_MD_CTX_free(of(context)); }

Result<Sha256> Sha256::begin() {
  Sha256 hash(EVP_MD_CTX_new());
  if (!hash.context_ || EVP_DigestInit_ex(of(hash.context_.get()), EVP_sha256(), nullptr) != 1) {
    return failure("SHA-256 cannot be computed: the cryptography library refuses it.");
  }
  return hash;
}

void Sha256::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(of(context_.get()), bytes.data(), bytes.size());
}

std::string Sha256::digits() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_DigestFinal_ex(of(context_.get()), digest.data(), &length);
  std::string digits;
  for (const unsigned char byte : std::span(digest).first(length)) {
    digits += kDigits[byte >> 4U];
    digits += kDigits[byte & 15U];
  }
  return digits;
}

Result<std::string> sha256(std::span<const std::byte> bytes) {
  auto hash = Sha256::begin();
  if (!hash) return tl::unexpected(std::move(hash.error()));
  hash->update(bytes);
  return hash->digits();
}

}  // namespace nextline
