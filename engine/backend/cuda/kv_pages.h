#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/backend/cuda/device_context.h"
#include "engine/error.h"

namespace nextline::cuda {

class KvPageTable;

/// Memory for the pages of all storages of a backend: of the device as far as a budget and the
/// driver have any, for the rest pinned memory of the host.
///
/// Kernels read and write a page by its address wherever it lies, in the host's memory across the
/// bus. So for want of device memory nothing fails; it is slower. Where there is no room on the
/// device for a page that is to be used, the one used least recently is evicted to the host, and
/// where none may be, the page stays there or is made there.
///
/// Pages are copied by the device, in a stream of copies beside that of passes, and the host waits
/// for none:
///
/// - A copy begins when all that passes have been asked for before is done. So it reads what they
///   have written, and overwrites nothing that they still read.
/// - Copies are made one after the other. So memory that one has emptied, the next one may fill.
/// - Each piece of memory knows the last copy that it was part of. Passes that use it wait for that
///   one, on the device, and for no later one.
///
/// Memory that pages no longer need is kept for others: to ask the driver for some, above all for
/// pinned memory, takes milliseconds, and the host may have to wait for the device.
///
/// Belongs to the thread that uses the backend.
class KvPages {
 public:
  /// What pages have of the device at most. `asked_bytes`, or if that is 0, what is free now but
  /// for a reserve: for passes, which take up to 1.5 GB with large models, and for other programs.
  static Result<std::unique_ptr<KvPages>> create(DeviceContext& device, std::size_t asked_bytes);
  /// All tables must be gone.
  ~KvPages();
  KvPages(const KvPages&) = delete;
  KvPages& operator=(const KvPages&) = delete;

  /// Has the pages of these numbers ready for what the stream of passes is given next: there is
  /// memory for each, on the device if there is room, by evicting others. They are in use then, and
  /// stay where they are until the next call, unless `give_way` finds nothing else. Numbers may
  /// occur twice. Fails where a call has failed, or the host has no memory either.
  Result<void> prepare(KvPageTable& table, std::span<const std::uint32_t> numbers);
  /// The same for what is to be read once: pages stay where they are, or without memory.
  Result<void> prepare_to_read(KvPageTable& table, std::span<const std::uint32_t> numbers);
  /// Copies to the device what lies on the host of a table, as far as there is room, by evicting
  /// pages of others.
  void bring_back(KvPageTable& table);

  /// Gives device memory to the driver, so many bytes if pages have as much: those in use are the
  /// last to be evicted. Says whether it was any.
  bool give_way(std::size_t bytes);
  /// False where pages had to give way that are in use: they are to be prepared once more. To be
  /// asked before they are used, behind all that may need memory.
  bool are_in_place() const { return are_in_place_; }

  std::size_t budget() const { return budget_; }
  /// What pages have of the device, and what is kept for them.
  std::size_t device_bytes() const { return device_bytes_; }

 private:
  friend class KvPageTable;

  /// A piece of memory for one page.
  struct Memory {
    std::byte* data = nullptr;
    std::size_t bytes = 0;
    bool is_on_device = false;
    std::uint64_t last_copy = 0;  ///< That was made from or to it; they are counted.
  };
  struct Page {
    Memory memory;  ///< None until the page is first prepared.
    std::uint64_t last_use = 0;
    cudaEvent_t copied = nullptr;  ///< Follows the last copy of the memory; made when needed.
  };

  KvPages(DeviceContext& device, std::size_t budget) : device_(device), budget_(budget) {}

  /// Begins a use of pages.
  void use(KvPageTable& table, std::span<const std::uint32_t> numbers);
  /// Notes where the pages lie, and has the stream of passes wait for their copies.
  Result<void> address(KvPageTable& table, std::span<const std::uint32_t> numbers);
  Result<void> give_memory(Page& page, const KvPageTable& table);
  /// These two say whether there was memory to go to.
  bool return_to_device(Page& page, const KvPageTable& table);
  bool evict(Page& page);
  /// Has a page copied to other memory, and keeps what it leaves.
  void move(Page& page, const Memory& to);
  /// Who uses the page waits for all copies that have been asked for so far.
  void note_copies(Page& page);

  /// Nothing if there is none and none of another page's can be had. Those of the table, for which
  /// it is, are the last to be evicted.
  std::optional<Memory> device_memory(std::size_t bytes, const KvPageTable& table);
  std::optional<Memory> host_memory(std::size_t bytes);
  std::optional<Memory> kept_memory(std::size_t bytes, bool is_on_device);
  std::optional<Memory> new_device_memory(std::size_t bytes);
  /// Whether memory that was asked for has been given; there being none is no failure.
  bool was_given(cudaError_t status);
  /// The page on the device that was used least recently, one of `last_of` only where others have
  /// none; null if there is none.
  Page* least_recently_used(const KvPageTable* last_of);
  bool is_in_use(const Page& page) const { return page.last_use == use_; }
  /// Gives kept memory to the driver or the system; returns the bytes.
  std::size_t free_kept(bool is_on_device);
  static void give_back(const Memory& memory);
  void take_back(KvPageTable& table);

  DeviceContext& device_;
  std::size_t budget_;
  std::size_t device_bytes_ = 0;
  cudaStream_t copies_ = nullptr;
  cudaEvent_t passes_so_far_ = nullptr;
  std::uint64_t copy_count_ = 0;
  std::uint64_t awaited_copy_ = 0;  // By the stream of passes, and so all before it.
  std::uint64_t use_ = 1;           // Counts the uses; pages of the present one stay.
  bool are_in_place_ = true;
  std::vector<KvPageTable*> tables_;
  std::vector<Memory> kept_;
};

/// The pages of one storage, by number; none has memory at first.
class KvPageTable {
 public:
  /// `pages` must outlive the table.
  KvPageTable(KvPages& pages, std::uint32_t page_count, std::size_t page_bytes);
  ~KvPageTable();
  KvPageTable(const KvPageTable&) = delete;
  KvPageTable& operator=(const KvPageTable&) = delete;

  /// Where the pages lie, as long as they are prepared; null: that of a page without memory.
  std::span<std::byte* const> addresses() const { return addresses_; }

 private:
  friend class KvPages;

  KvPages& pages_;
  std::size_t page_bytes_;
  std::vector<KvPages::Page> all_;
  std::vector<std::byte*> addresses_;
};

}  // namespace nextline::cuda
