#include "server/sharing/meeting_point.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "server/sharing/runtime_folder.h"

namespace nextline::server {
namespace {

constexpr int kBacklog = 128;

FileDescriptor local_socket() {
  return FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

/// Nothing where the path is longer than addresses can be.
std::optional<sockaddr_un> address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.size() >= sizeof(address.sun_path)) return std::nullopt;
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

tl::unexpected<Error> too_long(const std::filesystem::path& path) {
  return failure(fmt::format("The path of the socket {} is too long.", path.string()));
}

tl::unexpected<Error> no_socket() {
  return failure(fmt::format("No socket can be had: {}.", reason_of(errno)));
}

}  // namespace

Result<MeetingPoint> MeetingPoint::open(const std::string& name) {
  auto folder = open_runtime_folder();
  if (!folder) return tl::unexpected(folder.error());
  return MeetingPoint(std::move(*folder), name);
}

MeetingPoint::MeetingPoint(PrivateFolder folder, const std::string& name)
    : folder_(std::move(folder)),
      socket_name_(name + ".socket"),
      lock_name_(name + ".lock"),
      path_(folder_.path() / socket_name_) {}

Result<std::optional<FileDescriptor>> MeetingPoint::connect() const {
  const auto address = address_of(path_);
  if (!address) return too_long(path_);
  FileDescriptor socket = local_socket();
  if (!socket.is_open()) return no_socket();
  // A server whose queue is full is not waited for.
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  const auto* const generic = reinterpret_cast<const sockaddr*>(&*address);
  if (::connect(socket.get(), generic, sizeof(*address)) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return std::optional<FileDescriptor>();
    return failure(
        fmt::format("The server at {} takes nobody: {}.", path_.string(), reason_of(errno)));
  }
  if (!is_own_peer(socket.get())) {
    return failure(fmt::format("The server at {} is another user's.", path_.string()));
  }
  return std::optional(std::move(socket));
}

Result<MeetingPoint::Lock> MeetingPoint::lock(std::chrono::milliseconds patience,
                                              const std::stop_token& stop) const {
  const auto failed = [&] {
    return failure(fmt::format("The lock {} cannot be had: {}.",
                               (folder_.path() / lock_name_).string(), reason_of(errno)));
  };
  FileDescriptor file(::openat(folder_.descriptor(), lock_name_.c_str(),
                               O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.is_open()) return failed();
  constexpr std::chrono::milliseconds kInterval{10};
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return failed();
    if (patience <= kInterval || stop.stop_requested()) return failed();
    std::this_thread::sleep_for(kInterval);
    patience -= kInterval;
  }
  return Lock{std::move(file)};
}

Result<FileDescriptor> MeetingPoint::listen(const Lock& /*lock*/) const {
  const auto address = address_of(path_);
  if (!address) return too_long(path_);
  folder_.remove(socket_name_);
  FileDescriptor socket = local_socket();
  if (!socket.is_open()) return no_socket();
  const auto* const generic = reinterpret_cast<const sockaddr*>(&*address);
  // Nobody else enters the folder, so that nobody comes between the two.
  if (::bind(socket.get(), generic, sizeof(*address)) != 0 ||
      ::fchmodat(folder_.descriptor(), socket_name_.c_str(), S_IRUSR | S_IWUSR, 0) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return failure(
        fmt::format("Nobody can be served at {}: {}.", path_.string(), reason_of(errno)));
  }
  return socket;
}

std::optional<ino_t> MeetingPoint::occupant() const {
  struct stat status {};
  if (::fstatat(folder_.descriptor(), socket_name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return std::nullopt;
  }
  return status.st_ino;
}

void MeetingPoint::leave(ino_t occupant_then) const {
  if (occupant() == occupant_then) folder_.remove(socket_name_);
}

bool is_own_peer(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

}  // namespace nextline::server
