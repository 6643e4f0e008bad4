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

}  // namespace

CudaKvStorage::CudaKvStorage(const Hyperparameters& h, std::uint32_t slot_count, KvType type,
                             DeviceContext& device, RopeAngles& angles)
    : device_(device),
      angles_(angles),
      type_(type),
      slot_count_(slot_count),
      layout_(KvPageLayout::of(h, type)),
      memory_((std::size_t{slot_count} + kPageSlots - 1) / kPageSlots),
      pages_(memory_.size(), nullptr) {}

Result<std::unique_ptr<KvStorage>> CudaKvStorage::create(const Hyperparameters& h,
                                                         std::uint32_t slot_count, KvType type,
                                                         DeviceContext& device,
                                                         RopeAngles& angles) {
  if (!device.enter()) return tl::unexpected(*device.failure());
  std::unique_ptr<CudaKvStorage> storage(new CudaKvStorage(h, slot_count, type, device, angles));
  if (slot_count > 0) {
    if (auto page = storage->take_page(0); !page) return tl::unexpected(page.error());
  }
  return storage;
}

template <typename Function>
bool CudaKvStorage::with_number(Function function) const {
  switch (type_) {
    case KvType::kFloat32:
      return function(reinterpret_cast<float*>(gathered_.data()));
    case KvType::kFloat16:
      return function(reinterpret_cast<__half*>(gathered_.data()));
    case KvType::kBFloat16:
      return function(reinterpret_cast<__nv_bfloat16*>(gathered_.data()));
  }
  return false;
}

std::size_t CudaKvStorage::slots_at_once() const {
  return std::max<std::size_t>(1, kGatheredBytes / slot_bytes());
}

bool CudaKvStorage::prepare(const Batch& batch) {
  const auto sees_memory = [&](const View& view) {
    return std::ranges::all_of(view, [&](const Run& run) {
      return prepare(SlotRange{run.first_slot, run.length});
    });
  };
  return std::ranges::all_of(batch.views, sees_memory) &&
         std::ranges::all_of(batch.rows, [&](const BatchRow& row) {
           return prepare(SlotRange{row.slot, 1});
         });
}

bool CudaKvStorage::prepare(std::span<const Slot> slots) {
  return std::ranges::all_of(slots, [&](Slot slot) { return prepare(SlotRange{slot, 1}); });
}

bool CudaKvStorage::prepare(SlotRange range) {
  const Slot end = range.first + range.length;
  for (std::uint32_t page = range.first / kPageSlots; page * kPageSlots < end; ++page) {
    if (!device_.check(take_page(page))) return false;
  }
  return true;
}

Result<void> CudaKvStorage::take_page(std::uint32_t page) {
  if (pages_[page] != nullptr) return {};
  auto memory = DeviceBuffer<std::byte>::allocate(
      layout_.page_bytes(), "a KV cache of " + std::to_string(slot_count_) + " tokens");
  if (!memory) return tl::unexpected(memory.error());
  memory_[page] = std::move(*memory);
  pages_[page] = memory_[page].data();
  return {};
}

bool CudaKvStorage::upload(std::span<const Slot> slots, AddressList& list) const {
  if (!list.host.reserve(device_, slots.size()) || !list.device.reserve(device_, slots.size())) {
    return false;
  }
  std::ranges::transform(slots, list.host.data(), [&](Slot slot) { return addresses().of(slot); });
  return device_.copy(list.device.data(), list.host.data(), slots.size() * sizeof(std::byte*),
                      cudaMemcpyHostToDevice);
}

bool CudaKvStorage::gather(std::size_t count, std::uint32_t first_layer,
                           std::uint32_t layers) const {
  if (!gathered_.reserve(device_, count * layers * 2 * layout_.vector_bytes())) return false;
  const dim3 grid(static_cast<std::uint32_t>(count), 2 * layers);
  return with_number([&]<typename Number>(Number* gathered) {
    return device_.launch(gather_slots<Number>, grid, dim3(kThreads), 0, layout_,
                          from_.device.data(), first_layer, layers, gathered);
  });
}

bool CudaKvStorage::scatter(std::size_t count, std::uint32_t first_layer,
                            std::uint32_t layers) const {
  const dim3 grid(static_cast<std::uint32_t>(count), 2 * layers);
  return with_number([&]<typename Number>(Number* gathered) {
    return device_.launch(scatter_slots<Number>, grid, dim3(kThreads), 0, layout_,
                          to_.device.data(), first_layer, layers, gathered);
  });
}

void CudaKvStorage::read(Slot slot, std::uint32_t layer, std::span<float> key,
                         std::span<float> value) const {
  const std::size_t bytes = 2 * layout_.vector_bytes();
  const bool done = device_.enter() && pinned_.reserve(device_, bytes) &&
                    upload({&slot, 1}, from_) && gather(1, layer, 1) &&
                    device_.copy(pinned_.data(), gathered_.data(), bytes, cudaMemcpyDeviceToHost) &&
                    device_.synchronize();
  const std::size_t length = std::size_t{layout_.head_count} * layout_.dimension;
  for (std::size_t i = 0; i < length; ++i) {
    key[i] = done ? widened(type_, pinned_.data(), i) : 0.0F;
    value[i] = done ? widened(type_, pinned_.data(), length + i) : 0.0F;
  }
}

void CudaKvStorage::save(std::span<const Slot> slots, std::span<std::byte> bytes) const {
  assert(bytes.size() == slots.size() * slot_bytes());
  for (std::size_t first = 0; first < slots.size();) {
    const std::span<const Slot> part =
        slots.subspan(first, std::min(slots_at_once(), slots.size() - first));
    const std::size_t part_bytes = part.size() * slot_bytes();
    const bool done =
        device_.enter() && pinned_.reserve(device_, part_bytes) && upload(part, from_) &&
        gather(part.size(), 0, layout_.layer_count) &&
        device_.copy(pinned_.data(), gathered_.data(), part_bytes, cudaMemcpyDeviceToHost) &&
        device_.synchronize();
    std::byte* const to = bytes.data() + first * slot_bytes();
    if (done) {
      std::memcpy(to, pinned_.data(), part_bytes);
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
    if (!device_.enter() || !prepare(part) || !pinned_.reserve(device_, part_bytes) ||
        !gathered_.reserve(device_, part_bytes)) {
      return;
    }
    std::memcpy(pinned_.data(), bytes.data() + first * slot_bytes(), part_bytes);
    const bool done =
        upload(part, to_) &&
        device_.copy(gathered_.data(), pinned_.data(), part_bytes, cudaMemcpyHostToDevice) &&
        scatter(part.size(), 0, layout_.layer_count) && device_.synchronize();
    if (!done) return;
    first += part.size();
  }
}

void CudaKvStorage::move(std::span<const SlotMove> moves) {
  if (moves.empty() || !device_.enter()) return;
  move_layers(moves);
}

/// Takes all slots out, for as many layers as there is room for, before any is filled.
bool CudaKvStorage::move_layers(std::span<const SlotMove> moves) {
  std::vector<Slot> from;
  std::vector<Slot> to;
  for (const SlotMove& move : moves) {
    from.push_back(move.from);
    to.push_back(move.to);
  }
  if (!prepare(from) || !prepare(to) || !upload_turns(moves) || !upload(from, from_) ||
      !upload(to, to_)) {
    return false;
  }
  const std::size_t per_layer = moves.size() * 2 * layout_.vector_bytes();
  const auto at_once = static_cast<std::uint32_t>(
      std::clamp<std::size_t>(kGatheredBytes / per_layer, 1, layout_.layer_count));
  for (std::uint32_t layer = 0; layer < layout_.layer_count; layer += at_once) {
    const std::uint32_t layers = std::min(at_once, layout_.layer_count - layer);
    if (!gather(moves.size(), layer, layers) || !turn_gathered(moves.size(), layers) ||
        !scatter(moves.size(), layer, layers)) {
      return false;
    }
  }
  return device_.synchronize();
}

bool CudaKvStorage::turn_gathered(std::size_t count, std::uint32_t layers) const {
  Angles angles = angles_.angles();
  angles.table = turn_angles_.data();
  const dim3 grid(static_cast<std::uint32_t>(count), layers);
  return with_number([&]<typename Number>(Number* gathered) {
    return device_.launch(turn_keys<Number>, grid, dim3(kThreads), 0, gathered,
                          turn_indices_.data(), angles, layout_.head_count, layout_.dimension);
  });
}

bool CudaKvStorage::upload_turns(std::span<const SlotMove> moves) {
  RopeTable& table = angles_.table();
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
  return turn_angles_.reserve(device_, angles.size()) &&
         turn_indices_.reserve(device_, indices.size()) &&
         device_.copy(turn_angles_.data(), angles.data(), angles.size() * sizeof(float),
                      cudaMemcpyHostToDevice) &&
         device_.copy(turn_indices_.data(), indices.data(), indices.size() * sizeof(std::uint32_t),
                      cudaMemcpyHostToDevice) &&
         device_.synchronize();  // What was copied is this function's.
}

}  // namespace nextline::cuda
