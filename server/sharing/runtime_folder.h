#pragma once

#include "engine/disk/private_folder.h"
#include "engine/error.h"

namespace nextline::server {

/// Where the processes of this user meet: `$XDG_RUNTIME_DIR/nextline`, or, where there is no such
/// directory, one in the temporary directory that only this user can enter. Made where it is
/// missing; refused where somebody else made it.
Result<PrivateFolder> open_runtime_folder();

}  // namespace nextline::server
