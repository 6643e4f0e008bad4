#include "engine/backend/cuda/cuda_kv_storage.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace nextline::cuda {

static_assert(std::endian::native == std::endian::little,
              "Slots are saved as they lie in memory, which is little-endian.");

namespace {

constexpr std::uint32_t kThreads = 128;

/// What is gathered at a time.
constexpr std::size_t kGatheredBytes = std::size_t{32} << 20;

/// Where a slot has number `at` of the key or value [head × dimension] of a layer.
template <typename Number>
__device__ Number* stored_number(const KvPageLayout& layout, std::byte* slot, std::uint32_t layer,
                                 bool is_value, std::uint32_t at) {
  std::byte* const vector = slot + (is_value ? layout.values(layer) : layout.keys(layer));
  return global_memory<Number>(vector + at / layout.dimension * layout.head_stride()) +
         at % layout.dimension;
}

// A thread block copies a key or a value of a layer: the grid is [slots, layers × 2].

/// A slot without memory has zeros.
template <typename Number>
__global__ void gather_slots(KvPageLayout layout, std::byte* const* slots,
                             std::uint32_t first_layer, std::uint32_t layers, Number* gathered) {
  await_earlier_kernels();
  const std::uint32_t length = layout.head_count * layout.dimension;
  const std::uint32_t layer = first_layer + blockIdx.y / 2;
  const bool is_value = blockIdx.y % 2 != 0;
  const std::size_t vector = std::size_t{blockIdx.x} * 2 * layers + blockIdx.y;
  std::byte* const slot = slots[blockIdx.x];
  for (std::uint32_t i = threadIdx.x; i < length; i += blockDim.x) {
    gathered[vector * length + i] =
        slot == nullptr ? Number{} : *stored_number<Number>(layout, slot, layer, is_value, i);
  }
}

template <typename Number>
__global__ void scatter_slots(KvPageLayout layout, std::byte* const* slots,
                              std::uint32_t first_layer, std::uint32_t layers,
                              const Number* gathered) {
  await_earlier_kernels();
  const std::uint32_t length = layout.head_count * layout.dimension;
  const std::uint32_t layer = first_layer + blockIdx.y / 2;
  const bool is_value = blockIdx.y % 2 != 0;
  const std::size_t vector = std::size_t{blockIdx.x} * 2 * layers + blockIdx.y;
  std::byte* const slot = slots[blockIdx.x];
  for (std::uint32_t i = threadIdx.x; i < length; i += blockDim.x) {
    *stored_number<Number>(layout, slot, layer, is_value, i) = gathered[vector * length + i];
  }
}

/// Turns gathered keys, one thread per pair; the grid is [slots, layers]. Angles are those of
/// the slot's shift, whatever its position is.
template <typename Number>
__global__ void turn_keys(Number* gathered, const std::uint32_t* turns, Angles angles,
                          std::uint32_t head_count, std::uint32_t dimension) {
  await_earlier_kernels();
  const std::uint32_t turn = turns[blockIdx.x];
  if (turn == 0) return;
  const std::uint32_t pairs = angles.pair_count;
  const float* const cosines = angles.table + std::size_t{turn - 1} * 2 * pairs;
  const std::size_t vector = (std::size_t{blockIdx.x} * gridDim.y + blockIdx.y) * 2;
  Number* const key = gathered + vector * head_count * dimension;
  for (std::uint32_t i = threadIdx.x; i < head_count * pairs; i += blockDim.x) {
    Number* const head = key + i / pairs * dimension;
    const PairPlaces places = places_of(angles, i % pairs);
    const float cosine = cosines[i % pairs];
    const float sine = cosines[pairs + i % pairs];
    const float first = to_float(head[places.first]);
    const float second = to_float(head[places.second]);
    store_number(head + places.first, first * cosine - second * sine);
    store_number(head + places.second, first * sine + second * cosine);
  }
}

float widened(KvType type, const std::byte* numbers, std::size_t index) {
  if (type == KvType::kFloat32) {
    float value = 0;
    std::memcpy(&value, numbers + index * sizeof(value), sizeof(value));
    return value;
  }
  std::uint16_t bits = 0;
  std::memcpy(&bits, numbers + index * sizeof(bits), sizeof(bits));
  return type == KvType::kFloat16 ? gguf::half_to_float(bits) : gguf::bfloat16_to_float(bits);
}

/// Adds the pages of slots that follow each other.
void add_pages(SlotRange slots, std::vector<std::uint32_t>& pages) {
  for (Slot first = slots.first - slots.first % kPageSlots; first < slots.first + slots.length;
       first += kPageSlots) {
    const std::uint32_t page = first / kPageSlots;
    if (pages.empty() || pages.back() != page) pages.push_back(page);
  }
}

std::vector<std::uint32_t> pages_of(std::span<const Slot> slots) {
  std::vector<std::uint32_t> pages;
  for (const Slot slot : slots) add_pages({slot, 1}, pages);
  return pages;
}

}  // namespace

CudaKvStorage::CudaKvStorage(const Hyperparameters& h, std::uint32_t slot_count, KvType type,
                             KvStorageContext& shared)
    : shared_(shared),
      type_(type),
      slot_count_(slot_count),
      layout_(KvPageLayout::of(h, type)),
      table_(shared.pages, slot_count / kPageSlots + (slot_count % kPageSlots == 0 ? 0 : 1),
             layout_.page_bytes()) {}

Result<std::unique_ptr<KvStorage>> CudaKvStorage::create(const Hyperparameters& h,
                                                         std::uint32_t slot_count, KvType type,
                                                         KvStorageContext& shared) {
  if (!shared.device.enter()) return tl::unexpected(*shared.device.failure());
  std::unique_ptr<CudaKvStorage> storage(new CudaKvStorage(h, slot_count, type, shared));
  if (slot_count == 0) return storage;
  const std::uint32_t first_page = 0;
  if (auto prepared = shared.pages.prepare(storage->table_, {&first_page, 1}); !prepared) {
    return tl::unexpected(prepared.error());
  }
  return storage;
}

template <typename Function>
bool CudaKvStorage::with_number(Function function) const {
  switch (type_) {
    case KvType::kFloat32:
      return function(reinterpret_cast<float*>(shared_.gathered.data()));
    case KvType::kFloat16:
      return function(reinterpret_cast<__half*>(shared_.gathered.data()));
    case KvType::kBFloat16:
      return function(reinterpret_cast<__nv_bfloat16*>(shared_.gathered.data()));
  }
  return false;
}

std::size_t CudaKvStorage::slots_at_once() const {
  return std::max<std::size_t>(1, kGatheredBytes / slot_bytes());
}

bool CudaKvStorage::prepare(const Batch& batch) {
  wanted_.clear();
  for (const View& view : batch.views) {
    for (const Run& run : view) add_pages({run.first_slot, run.length}, wanted_);
  }
  for (const BatchRow& row : batch.rows) add_pages({row.slot, 1}, wanted_);
  return shared_.device.check(shared_.pages.prepare(table_, wanted_));
}

bool CudaKvStorage::prepare(std::span<const Slot> slots) {
  return shared_.device.check(shared_.pages.prepare(table_, pages_of(slots)));
}

bool CudaKvStorage::prepare_to_read(std::span<const Slot> slots) const {
  return shared_.device.check(shared_.pages.prepare_to_read(table_, pages_of(slots)));
}

bool CudaKvStorage::make_room(std::size_t slots, std::size_t bytes) const {
  const auto has_room = [&](KvStorageContext::Addresses& list) {
    return list.host.reserve(shared_.device, slots) && list.device.reserve(shared_.device, slots);
  };
  return shared_.device.enter() && shared_.gathered.reserve(shared_.device, bytes) &&
         shared_.pinned.reserve(shared_.device, bytes) && has_room(shared_.from) &&
         has_room(shared_.to);
}

bool CudaKvStorage::upload(std::span<const Slot> slots, KvStorageContext::Addresses& list) const {
  std::ranges::transform(slots, list.host.data(), [&](Slot slot) { return addresses().of(slot); });
  return shared_.device.copy(list.device.data(), list.host.data(),
                             slots.size() * sizeof(std::byte*), cudaMemcpyHostToDevice);
}

bool CudaKvStorage::gather(std::size_t count, std::uint32_t first_layer,
                           std::uint32_t layers) const {
  const dim3 grid(static_cast<std::uint32_t>(count), 2 * layers);
  return with_number([&]<typename Number>(Number* gathered) {
    return shared_.device.launch(gather_slots<Number>, grid, dim3(kThreads), 0, layout_,
                                 shared_.from.device.data(), first_layer, layers, gathered);
  });
}

bool CudaKvStorage::scatter(std::size_t count, std::uint32_t first_layer,
                            std::uint32_t layers) const {
  const dim3 grid(static_cast<std::uint32_t>(count), 2 * layers);
  return with_number([&]<typename Number>(Number* gathered) {
    return shared_.device.launch(scatter_slots<Number>, grid, dim3(kThreads), 0, layout_,
                                 shared_.to.device.data(), first_layer, layers, gathered);
  });
}

void CudaKvStorage::read(Slot slot, std::uint32_t layer, std::span<float> key,
                         std::span<float> value) const {
  const std::size_t bytes = 2 * layout_.vector_bytes();
  const bool done = make_room(1, bytes) && prepare_to_read({&slot, 1}) &&
                    upload({&slot, 1}, shared_.from) && gather(1, layer, 1) &&
                    shared_.device.copy(shared_.pinned.data(), shared_.gathered.data(), bytes,
                                        cudaMemcpyDeviceToHost) &&
                    shared_.device.synchronize();
  const std::size_t length = std::size_t{layout_.head_count} * layout_.dimension;
  for (std::size_t i = 0; i < length; ++i) {
    key[i] = done ? widened(type_, shared_.pinned.data(), i) : 0.0F;
    value[i] = done ? widened(type_, shared_.pinned.data(), length + i) : 0.0F;
  }
}

void CudaKvStorage::save(std::span<const Slot> slots, std::span<std::byte> bytes) const {
  assert(bytes.size() == slots.size() * slot_bytes());
  for (std::size_t first = 0; first < slots.size();) {
    const std::span<const Slot> part =
        slots.subspan(first, std::min(slots_at_once(), slots.size() - first));
    const std::size_t part_bytes = part.size() * slot_bytes();
    const bool done = make_room(part.size(), part_bytes) && prepare_to_read(part) &&
                      upload(part, shared_.from) && gather(part.size(), 0, layout_.layer_count) &&
                      shared_.device.copy(shared_.pinned.data(), shared_.gathered.data(),
                                          part_bytes, cudaMemcpyDeviceToHost) &&
                      shared_.device.synchronize();
    std::byte* const to = bytes.data() + first * slot_bytes();
    if (done) {
      std::memcpy(to, shared_.pinned.data(), part_bytes);
    } else {
      std::memset(to, 0, part_bytes);
    }
    first += part.size();
  }
}

void CudaKvStorage::load(std::span<const Slot> slots, std::span<const std::byte> bytes) {
  assert(bytes.size() == slots.size() * slot_bytes());
  for (std::size_t first = 0; first < slots.size();) {
    const std::span<const Slot> part =
        slots.subspan(first, std::min(slots_at_once(), slots.size() - first));
    const std::size_t part_bytes = part.size() * slot_bytes();
    if (!make_room(part.size(), part_bytes)) return;
    std::memcpy(shared_.pinned.data(), bytes.data() + first * slot_bytes(), part_bytes);
    const bool done = prepare(part) && upload(part, shared_.to) &&
                      shared_.device.copy(shared_.gathered.data(), shared_.pinned.data(),
                                          part_bytes, cudaMemcpyHostToDevice) &&
                      scatter(part.size(), 0, layout_.layer_count) && shared_.device.synchronize();
    if (!done) return;
    first += part.size();
  }
}

void CudaKvStorage::move(std::span<const SlotMove> moves) {
  if (!moves.empty()) move_layers(moves);
}

/// Takes all slots out, for as many layers as there is room for, before any is filled.
bool CudaKvStorage::move_layers(std::span<const SlotMove> moves) {
  std::vector<Slot> slots;
  for (const SlotMove& move : moves) slots.push_back(move.from);
  for (const SlotMove& move : moves) slots.push_back(move.to);
  const std::span<const Slot> from = std::span(slots).first(moves.size());
  const std::span<const Slot> to = std::span(slots).last(moves.size());
  const std::size_t per_layer = moves.size() * 2 * layout_.vector_bytes();
  const auto at_once = static_cast<std::uint32_t>(
      std::clamp<std::size_t>(kGatheredBytes / per_layer, 1, layout_.layer_count));
  if (!make_room(moves.size(), at_once * per_layer) || !upload_turns(moves) || !prepare(slots) ||
      !upload(from, shared_.from) || !upload(to, shared_.to)) {
    return false;
  }
  for (std::uint32_t layer = 0; layer < layout_.layer_count; layer += at_once) {
    const std::uint32_t layers = std::min(at_once, layout_.layer_count - layer);
    if (!gather(moves.size(), layer, layers) || !turn_gathered(moves.size(), layers) ||
        !scatter(moves.size(), layer, layers)) {
      return false;
    }
  }
  return shared_.device.synchronize();
}

bool CudaKvStorage::turn_gathered(std::size_t count, std::uint32_t layers) const {
  Angles angles = shared_.angles.angles();
  angles.table = shared_.turn_angles.data();
  const dim3 grid(static_cast<std::uint32_t>(count), layers);
  return with_number([&]<typename Number>(Number* gathered) {
    return shared_.device.launch(turn_keys<Number>, grid, dim3(kThreads), 0, gathered,
                                 shared_.turn_indices.data(), angles, layout_.head_count,
                                 layout_.dimension);
  });
}

bool CudaKvStorage::upload_turns(std::span<const SlotMove> moves) {
  RopeTable& table = shared_.angles.table();
  const std::uint32_t pairs = table.pair_count();
  std::map<std::int32_t, std::uint32_t> known;  // 1 + where a shift's angles stand.
  std::vector<std::uint32_t> indices;
  std::vector<float> angles;
  for (const SlotMove& move : moves) {
    if (move.shift == 0) {
      indices.push_back(0);
      continue;
    }
    const auto next = static_cast<std::uint32_t>(known.size() + 1);
    const auto [entry, is_new] = known.try_emplace(move.shift, next);
    indices.push_back(entry->second);
    if (!is_new) continue;
    table.reserve(static_cast<std::uint32_t>(std::abs(move.shift)) + 1);
    angles.resize(angles.size() + 2 * std::size_t{pairs});
    const std::span<float> own = std::span(angles).last(2 * std::size_t{pairs});
    table.turn_angles(move.shift, own.first(pairs), own.last(pairs));
  }
  return shared_.turn_angles.reserve(shared_.device, angles.size()) &&
         shared_.turn_indices.reserve(shared_.device, indices.size()) &&
         shared_.device.copy(shared_.turn_angles.data(), angles.data(),
                             angles.size() * sizeof(float), cudaMemcpyHostToDevice) &&
         shared_.device.copy(shared_.turn_indices.data(), indices.data(),
                             indices.size() * sizeof(std::uint32_t),
                             cudaMemcpyHostToDevice) &&
         shared_.device.synchronize();  // What was copied is this function's.
}

}  // namespace nextline::cuda
