#include "engine/backend/cuda/kv_pages.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

namespace nextline::cuda {
namespace {

/// What passes take with large models and long prompts, and something for other programs. Passes
/// that need more have pages give way.
constexpr std::size_t kReservedBytes = std::size_t{3} << 29;

/// Pinned memory that is kept for pages to come; more goes back to the system when a storage goes.
constexpr std::size_t kMostKeptHostBytes = std::size_t{256} << 20;

}  // namespace

Result<std::unique_ptr<KvPages>> KvPages::create(DeviceContext& device, std::size_t asked_bytes) {
  std::size_t budget = asked_bytes;
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
  if (device.enter() && budget == 0 && device.check(cudaMemGetInfo(&free_bytes, &total_bytes))) {
    budget = free_bytes - std::min(free_bytes / 2, kReservedBytes);
  }
  std::unique_ptr<KvPages> pages(new KvPages(device, budget));
  if (device.failure() != nullptr ||
      !device.check(cudaStreamCreateWithFlags(&pages->copies_, cudaStreamNonBlocking)) ||
      !device.check(cudaEventCreateWithFlags(&pages->passes_so_far_, cudaEventDisableTiming))) {
    return tl::unexpected(*device.failure());
  }
  return pages;
}

KvPages::~KvPages() {
  assert(tables_.empty());
  if (copies_ != nullptr) {
    cudaStreamSynchronize(copies_);
    cudaStreamDestroy(copies_);
  }
  if (passes_so_far_ != nullptr) cudaEventDestroy(passes_so_far_);
  for (const Memory& memory : kept_) give_back(memory);
}

void KvPages::give_back(const Memory& memory) {
  if (memory.is_on_device) {
    cudaFree(memory.data);
  } else {
    cudaFreeHost(memory.data);
  }
}

void KvPages::use(KvPageTable& table, std::span<const std::uint32_t> numbers) {
  ++use_;
  are_in_place_ = true;
  for (const std::uint32_t number : numbers) table.all_[number].last_use = use_;
}

Result<void> KvPages::prepare(KvPageTable& table, std::span<const std::uint32_t> numbers) {
  use(table, numbers);
  for (const std::uint32_t number : numbers) {
    Page& page = table.all_[number];
    if (page.memory.data == nullptr) {
      if (auto given = give_memory(page, table); !given) return given;
    } else {
      return_to_device(page, table);
    }
  }
  return address(table, numbers);
}

Result<void> KvPages::prepare_to_read(KvPageTable& table, std::span<const std::uint32_t> numbers) {
  use(table, numbers);
  return address(table, numbers);
}

Result<void> KvPages::address(KvPageTable& table, std::span<const std::uint32_t> numbers) {
  const Page* last_copied = nullptr;
  for (const std::uint32_t number : numbers) {
    const Page& page = table.all_[number];
    table.addresses_[number] = page.memory.data;
    if (page.memory.last_copy <= awaited_copy_) continue;
    if (last_copied == nullptr || last_copied->memory.last_copy < page.memory.last_copy) {
      last_copied = &page;
    }
  }
  if (last_copied != nullptr &&
      device_.check(cudaStreamWaitEvent(device_.stream(), last_copied->copied, 0))) {
    awaited_copy_ = last_copied->memory.last_copy;
  }
  if (const Error* const failure = device_.failure()) return tl::unexpected(*failure);
  return {};
}

void KvPages::bring_back(KvPageTable& table) {
  ++use_;
  for (Page& page : table.all_) page.last_use = use_;
  const auto is_away = [](const Page& page) {
    return page.memory.data != nullptr && !page.memory.is_on_device;
  };
  auto page = std::ranges::find_if(table.all_, is_away);
  if (page == table.all_.end() || !device_.enter()) return;
  while (page != table.all_.end() && return_to_device(*page, table)) {
    page = std::find_if(page, table.all_.end(), is_away);
  }
}

bool KvPages::give_way(std::size_t bytes) {
  std::size_t given = free_kept(true);
  while (given < bytes) {
    Page* const page = least_recently_used(nullptr);
    if (page == nullptr || !evict(*page)) break;
    if (is_in_use(*page)) are_in_place_ = false;
    given += kept_.back().bytes;
  }
  free_kept(true);
  return given > 0 && device_.failure() == nullptr;
}

Result<void> KvPages::give_memory(Page& page, const KvPageTable& table) {
  auto memory = device_memory(table.page_bytes_, table);
  if (!memory) memory = host_memory(table.page_bytes_);
  if (const Error* const failure = device_.failure()) return tl::unexpected(*failure);
  if (!memory) {
    return nextline::failure(
        "There is no memory for more keys and values, neither on the CUDA device \"" +
        device_.name() + "\" nor beside it.");
  }
  page.memory = *memory;
  if (page.memory.last_copy > awaited_copy_) note_copies(page);
  return {};
}

bool KvPages::return_to_device(Page& page, const KvPageTable& table) {
  if (page.memory.is_on_device) return true;
  const auto memory = device_memory(table.page_bytes_, table);
  if (!memory) return false;
  move(page, *memory);
  return true;
}

bool KvPages::evict(Page& page) {
  const auto memory = host_memory(page.memory.bytes);
  if (!memory) return false;
  move(page, *memory);
  return true;
}

void KvPages::move(Page& page, const Memory& to) {
  ++copy_count_;
  if (device_.check(cudaEventRecord(passes_so_far_, device_.stream())) &&
      device_.check(cudaStreamWaitEvent(copies_, passes_so_far_, 0))) {
    device_.check(cudaMemcpyAsync(to.data, page.memory.data, to.bytes,
                                  to.is_on_device ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost,
                                  copies_));
  }
  kept_.push_back(std::exchange(page.memory, to));
  kept_.back().last_copy = copy_count_;
  note_copies(page);
}

void KvPages::note_copies(Page& page) {
  page.memory.last_copy = copy_count_;
  if (device_.failure() != nullptr) return;
  if (page.copied != nullptr ||
      device_.check(cudaEventCreateWithFlags(&page.copied, cudaEventDisableTiming))) {
    device_.check(cudaEventRecord(page.copied, copies_));
  }
}

std::optional<KvPages::Memory> KvPages::device_memory(std::size_t bytes, const KvPageTable& table) {
  while (device_.failure() == nullptr) {
    if (auto memory = kept_memory(bytes, true)) return memory;
    if (auto memory = new_device_memory(bytes)) return memory;
    if (free_kept(true) > 0) continue;  // Of other sizes.
    Page* const page = least_recently_used(&table);
    if (page == nullptr || is_in_use(*page) || !evict(*page)) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<KvPages::Memory> KvPages::host_memory(std::size_t bytes) {
  if (device_.failure() != nullptr) return std::nullopt;
  if (auto memory = kept_memory(bytes, false)) return memory;
  Memory memory{nullptr, bytes, false, 0};
  if (!was_given(cudaMallocHost(&memory.data, bytes))) return std::nullopt;
  return memory;
}

std::optional<KvPages::Memory> KvPages::new_device_memory(std::size_t bytes) {
  if (device_bytes_ + bytes > budget_) return std::nullopt;
  Memory memory{nullptr, bytes, true, 0};
  if (!was_given(cudaMalloc(&memory.data, bytes))) return std::nullopt;
  device_bytes_ += bytes;
  return memory;
}

bool KvPages::was_given(cudaError_t status) {
  if (status != cudaErrorMemoryAllocation) return device_.check(status);
  cudaGetLastError();  // It is no failure, and told by no later call.
  return false;
}

std::optional<KvPages::Memory> KvPages::kept_memory(std::size_t bytes, bool is_on_device) {
  const auto found = std::ranges::find_if(kept_, [&](const Memory& memory) {
    return memory.bytes == bytes && memory.is_on_device == is_on_device;
  });
  if (found == kept_.end()) return std::nullopt;
  const Memory memory = *found;
  kept_.erase(found);
  return memory;
}

KvPages::Page* KvPages::least_recently_used(const KvPageTable* last_of) {
  Page* found = nullptr;
  std::tuple<bool, bool, std::uint64_t> rank;
  for (KvPageTable* const table : tables_) {
    for (Page& page : table->all_) {
      if (!page.memory.is_on_device) continue;
      const std::tuple own_rank(is_in_use(page), table == last_of, page.last_use);
      if (found != nullptr && rank <= own_rank) continue;
      found = &page;
      rank = own_rank;
    }
  }
  return found;
}

std::size_t KvPages::free_kept(bool is_on_device) {
  const auto is_one = [&](const Memory& memory) { return memory.is_on_device == is_on_device; };
  if (std::ranges::none_of(kept_, is_one)) return 0;
  // Until then, copies and passes may still use it.
  if (!device_.check(cudaStreamSynchronize(copies_)) || !device_.synchronize()) return 0;
  awaited_copy_ = copy_count_;
  std::size_t bytes = 0;
  for (const Memory& memory : kept_) {
    if (!is_one(memory)) continue;
    bytes += memory.bytes;
    give_back(memory);
  }
  std::erase_if(kept_, is_one);
  if (is_on_device) device_bytes_ -= bytes;
  return bytes;
}

void KvPages::take_back(KvPageTable& table) {
  std::erase(tables_, &table);
  for (const Page& page : table.all_) {
    if (page.copied != nullptr) cudaEventDestroy(page.copied);
    if (page.memory.data != nullptr) kept_.push_back(page.memory);
  }
  std::size_t host_bytes = 0;
  for (const Memory& memory : kept_) host_bytes += memory.is_on_device ? 0 : memory.bytes;
  if (host_bytes > kMostKeptHostBytes && device_.failure() == nullptr) free_kept(false);
}

KvPageTable::KvPageTable(KvPages& pages, std::uint32_t page_count, std::size_t page_bytes)
    : pages_(pages), page_bytes_(page_bytes), all_(page_count), addresses_(page_count, nullptr) {
  pages_.tables_.push_back(this);
}

KvPageTable::~KvPageTable() { pages_.take_back(*this); }

}  // namespace nextline::cuda
