#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "engine/error.h"

namespace nextline {

/// The SHA-256 of bytes that come piece by piece: a hash that other programs compute as well, and
/// that nobody can make collide. `hash.h` has what is faster and stays among ourselves.
class Sha256 {
 public:
  /// Fails where the cryptography library does not offer it.
  static Result<Sha256> begin();

  void update(std::span<const std::byte> bytes);
  /// Of all bytes so far, in lower-case hexadecimal digits. The last call.
  std::string digits();

 private:
  struct FreeContext {
    void operator()(void* context) const;
  };
  explicit Sha256(void* context) : context_(context) {}

  std::unique_ptr<void, FreeContext> context_;  // The library's EVP_MD_CTX.
};

/// The same of bytes that are all there.
Result<std::string> sha256(std::span<const std::byte> bytes);

}  // namespace nextline
