#pragma once

#include <optional>
#include <utility>

#include "engine/disk/file_descriptor.h"
#include "engine/disk/private_folder.h"
#include "engine/error.h"

namespace nextline::lsp {

/// Whoever holds it is the only one, in this process and in others, that changes an index. It ends
/// with its owner, however that ends.
class UpdateLock {
 public:
  /// Nothing where somebody else has it.
  static Result<std::optional<UpdateLock>> try_to_take(const PrivateFolder& folder);

 private:
  explicit UpdateLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace nextline::lsp
