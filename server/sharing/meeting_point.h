#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/disk/file_descriptor.h"
#include "engine/disk/private_folder.h"
#include "engine/error.h"

namespace nextline::server {

/// The local socket by which a server and those who look for it find each other: one per
/// configuration, in the runtime folder. Whoever binds it holds the lock beside it, so that of many
/// who find no server one starts it, and the others find that one. Waits only for the lock, and
/// belongs to one thread.
class MeetingPoint {
 public:
  /// `name` says what the server is made of.
  static Result<MeetingPoint> open(const std::string& name);

  /// A connection to the server; nothing where none listens. Fails where it cannot take anybody, or
  /// belongs to somebody else.
  Result<std::optional<FileDescriptor>> connect() const;

  /// Held by one process at a time, until it is destroyed.
  struct Lock {
    FileDescriptor file;
  };
  /// Waits for the lock, but not longer than `patience`.
  Result<Lock> lock(std::chrono::milliseconds patience, const std::stop_token& stop) const;

  /// A socket that listens here. What an earlier server left is removed. The lock must be held, and
  /// nobody listen.
  Result<FileDescriptor> listen(const Lock& lock) const;

  /// What stands for the socket that is found here now; nothing where there is none.
  std::optional<ino_t> occupant() const;
  /// Removes the socket that this stands for from the folder; another that has taken its place
  /// stays. To be done before it is closed: as long as it listens, nobody takes its place.
  void leave(ino_t occupant) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  MeetingPoint(PrivateFolder folder, const std::string& name);

  PrivateFolder folder_;
  std::string socket_name_;
  std::string lock_name_;
  std::filesystem::path path_;
};

/// Whether the other side of a connected local socket is a process of this user.
bool is_own_peer(int socket);

}  // namespace nextline::server
