#pragma once

#include <cstddef>
#include <map>
#include <memory>

namespace nextline::cuda_device {

/// Objects that programs know by their addresses, each until it is taken back.
template <typename T>
class HandleTable {
 public:
  T* add(std::unique_ptr<T> object) {
    T* handle = object.get();
    objects_.emplace(handle, std::move(object));
    return handle;
  }
  bool contains(const T* handle) const { return objects_.contains(handle); }
  /// False if it is none of these.
  bool remove(const T* handle) { return objects_.erase(handle) != 0; }
  void clear() { objects_.clear(); }
  std::size_t size() const { return objects_.size(); }

  template <typename Function>
  void for_each(const Function& function) const {
    for (const auto& [handle, object] : objects_) function(*object);
  }

 private:
  std::map<const T*, std::unique_ptr<T>> objects_;
};

}  // namespace nextline::cuda_device
