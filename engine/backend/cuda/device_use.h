#pragma once

#include <cstdint>

namespace nextline::cuda {

/// Who needs the context of a device: as long as this lives, the context stays.
///
/// A context is the whole process's. The first call that needs it makes it, and it takes some
/// hundred megabytes of the device's memory, beside all that is asked for. It stays behind when
/// everything else has been given back, until `release_unused_devices`. Any thread.
class DeviceUse {
 public:
  explicit DeviceUse(std::uint32_t number);
  ~DeviceUse();
  DeviceUse(const DeviceUse&) = delete;
  DeviceUse& operator=(const DeviceUse&) = delete;

 private:
  std::uint32_t number_;
};

/// Destroys the contexts of devices that were used and are not any more, and with them whatever of
/// their memory is left. What has failed on a device may so be forgotten, too. Any thread; may make
/// another device the calling thread's.
void release_unused_devices();

}  // namespace nextline::cuda
