#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/kv/kv_type.h"
#include "engine/kv/slot_pool.h"
#include "engine/model/hyperparameters.h"

namespace nextline::cuda {

/// Slots of a page, which is what memory is taken in, evicted and brought back in.
///
/// Of so many slots it takes 0.8 MB with a model of 0.5B, 34 MB with one of 6.7B. So a short
/// document leaves little of its last page unused, and a page goes to the host, or comes back, in
/// about the time that one token takes. What a head has in a page is one stretch of 8 to 16 KB, and
/// a block of attention lies in four pages and a part. More slots would gain nothing there; fewer
/// would make for more runs and more copies.
constexpr std::uint32_t kPageSlots = 64;

/// How a page lies in memory: [layer][key, value][key head][slot][dimension], in numbers of one
/// type. What a head has in consecutive slots is one stretch, so a thread block that reads a run's
/// keys for the queries of that head reads whole lines, wherever the run begins; and the address of
/// a slot leads to all that is stored of it. Strides and offsets are in bytes.
struct KvPageLayout {
  std::uint32_t layer_count = 0;
  std::uint32_t head_count = 0;
  std::uint32_t dimension = 0;
  std::uint32_t number_bytes = 0;

  static KvPageLayout of(const Hyperparameters& h, KvType type) {
    return {h.layer_count, h.head_count_kv, h.head_dimension,
            static_cast<std::uint32_t>(bytes_of(type))};
  }

  /// From a slot to the next one.
  constexpr std::size_t slot_stride() const { return std::size_t{dimension} * number_bytes; }
  constexpr std::size_t head_stride() const { return kPageSlots * slot_stride(); }
  /// From a slot's address to its key or value of a layer, of the first head.
  constexpr std::size_t keys(std::uint32_t layer) const {
    return 2 * std::size_t{layer} * head_count * head_stride();
  }
  constexpr std::size_t values(std::uint32_t layer) const {
    return keys(layer) + head_count * head_stride();
  }
  /// A key or value of all heads.
  constexpr std::size_t vector_bytes() const { return head_count * slot_stride(); }
  constexpr std::size_t page_bytes() const { return keys(layer_count); }
};

/// The addresses of a storage's slots: those of their keys of the first head in the first layer.
/// Kernels see these, and nothing of slots and pages, so a page can lie elsewhere in the next pass.
struct SlotAddresses {
  std::span<std::byte* const> pages;  ///< Null: a page that the storage has no memory for.
  std::size_t slot_stride = 0;

  std::byte* of(Slot slot) const {
    std::byte* const page = pages[slot / kPageSlots];
    return page == nullptr ? nullptr : page + slot % kPageSlots * slot_stride;
  }
};

}  // namespace nextline::cuda
