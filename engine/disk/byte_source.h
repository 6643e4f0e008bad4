#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/disk/file_descriptor.h"

namespace nextline {

/// Bytes that are read from front to back. One thread at a time may use a source.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Of the whole, at the beginning. There may be fewer: a file can be cut while it is read.
  virtual std::uint64_t size() const = 0;
  /// Fills `bytes` with what follows; false where that cannot be had.
  virtual bool read(std::span<std::byte> bytes) = 0;
};

/// A file, read and not mapped: where a mapped file is cut, touching what is gone ends the process.
class FileSource final : public ByteSource {
 public:
  FileSource(FileDescriptor file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
  std::uint64_t size() const override { return size_; }
  bool read(std::span<std::byte> bytes) override;
  const FileDescriptor& file() const { return file_; }

 private:
  FileDescriptor file_;
  std::uint64_t size_;
};

/// Bytes in memory, which must outlive it.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : rest_(bytes), size_(bytes.size()) {}
  std::uint64_t size() const override { return size_; }
  bool read(std::span<std::byte> bytes) override;

 private:
  std::span<const std::byte> rest_;
  std::uint64_t size_;
};

}  // namespace nextline
