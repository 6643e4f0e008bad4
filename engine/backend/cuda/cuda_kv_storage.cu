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

/// A storage as kernels see it. A thread block copies a key or a value of a layer: the grid is
/// [slots, layers × 2].
template <typename Number>
struct View {
  Number* keys;
  Number* values;
  std::uint32_t slot_count;
  std::uint32_t head_count;
  std::uint32_t dimension;

  __device__ Number* number(bool is_value, std::uint32_t layer, Slot slot, std::uint32_t at) const {
    const std::size_t head = std::size_t{layer} * head_count + at / dimension;
    return (is_value ? values : keys) + (head * slot_count + slot) * dimension + at % dimension;
  }
};

template <typename Number>
__global__ void gather_slots(View<Number> view, const Slot* slots, std::uint32_t first_layer,
                             std::uint32_t layers, Number* gathered) {
  await_earlier_kernels();
  const std::uint32_t length = view.head_count * view.dimension;
  const std::uint32_t layer = blockIdx.y / 2;
  const bool is_value = blockIdx.y % 2 != 0;
  const std::size_t vector = std::size_t{blockIdx.x} * 2 * layers + blockIdx.y;
  for (std::uint32_t i = threadIdx.x; i < length; i += blockDim.x) {
    gathered[vector * length + i] =
        *view.number(is_value, first_layer + layer, slots[blockIdx.x], i);
  }
}

template <typename Number>
__global__ void scatter_slots(View<Number> view, const Slot* slots, std::uint32_t first_layer,
                              std::uint32_t layers, const Number* gathered) {
  await_earlier_kernels();
  const std::uint32_t length = view.head_count * view.dimension;
  const std::uint32_t layer = blockIdx.y / 2;
  const bool is_value = blockIdx.y % 2 != 0;
  const std::size_t vector = std::size_t{blockIdx.x} * 2 * layers + blockIdx.y;
  for (std::uint32_t i = threadIdx.x; i < length; i += blockDim.x) {
    *view.number(is_value, first_layer + layer, slots[blockIdx.x], i) =
        gathered[vector * length + i];
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
      layer_count_(h.layer_count),
      head_count_(h.head_count_kv),
      dimension_(h.head_dimension) {}

Result<std::unique_ptr<KvStorage>> CudaKvStorage::create(const Hyperparameters& h,
                                                         std::uint32_t slot_count, KvType type,
                                                         DeviceContext& device,
                                                         RopeAngles& angles) {
  if (!device.enter()) return tl::unexpected(*device.failure());
  std::unique_ptr<CudaKvStorage> storage(new CudaKvStorage(h, slot_count, type, device, angles));
  for (DeviceBuffer<std::byte>* buffer : {&storage->keys_, &storage->values_}) {
    auto memory = DeviceBuffer<std::byte>::allocate(
        storage->layer_count_ * storage->layer_bytes(),
        "a KV cache of " + std::to_string(slot_count) + " tokens");
    if (!memory) return tl::unexpected(memory.error());
    *buffer = std::move(*memory);
  }
  return storage;
}

template <typename Function>
bool CudaKvStorage::with_number(Function function) const {
  const auto view = [&]<typename Number>() {
    return View<Number>{reinterpret_cast<Number*>(keys_.data()),
                        reinterpret_cast<Number*>(values_.data()), slot_count_, head_count_,
                        dimension_};
  };
  switch (type_) {
    case KvType::kFloat32:
      return function(view.template operator()<float>(),
                      reinterpret_cast<float*>(gathered_.data()));
    case KvType::kFloat16:
      return function(view.template operator()<__half>(),
                      reinterpret_cast<__half*>(gathered_.data()));
    case KvType::kBFloat16:
      return function(view.template operator()<__nv_bfloat16>(),
                      reinterpret_cast<__nv_bfloat16*>(gathered_.data()));
  }
  return false;
}

std::size_t CudaKvStorage::slots_at_once() const {
  return std::max<std::size_t>(1, kGatheredBytes / slot_bytes());
}

bool CudaKvStorage::upload_slots(std::span<const Slot> slots) const {
  return slots_.reserve(device_, slots.size()) &&
         device_.copy(slots_.data(), slots.data(), slots.size_bytes(), cudaMemcpyHostToDevice);
}

bool CudaKvStorage::gather(std::size_t count, std::uint32_t first_layer,
                           std::uint32_t layers) const {
  if (!gathered_.reserve(device_, count * layers * 2 * vector_bytes())) return false;
  const dim3 grid(static_cast<std::uint32_t>(count), 2 * layers);
  return with_number([&]<typename Number>(const View<Number>& view, Number* gathered) {
    return device_.launch(gather_slots<Number>, grid, dim3(kThreads), 0, view, slots_.data(),
                          first_layer, layers, gathered);
  });
}

bool CudaKvStorage::scatter(std::size_t count, std::uint32_t first_layer,
                            std::uint32_t layers) const {
  const dim3 grid(static_cast<std::uint32_t>(count), 2 * layers);
  return with_number([&]<typename Number>(const View<Number>& view, Number* gathered) {
    return device_.launch(scatter_slots<Number>, grid, dim3(kThreads), 0, view, slots_.data(),
                          first_layer, layers, gathered);
  });
}

void CudaKvStorage::read(Slot slot, std::uint32_t layer, std::span<float> key,
                         std::span<float> value) const {
  const std::size_t bytes = 2 * vector_bytes();
  const bool done = device_.enter() && pinned_.reserve(device_, bytes) &&
                    upload_slots({&slot, 1}) && gather(1, layer, 1) &&
                    device_.copy(pinned_.data(), gathered_.data(), bytes, cudaMemcpyDeviceToHost) &&
                    device_.synchronize();
  const std::size_t length = std::size_t{head_count_} * dimension_;
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
        device_.enter() && pinned_.reserve(device_, part_bytes) && upload_slots(part) &&
        gather(part.size(), 0, layer_count_) &&
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
    if (!device_.enter() || !pinned_.reserve(device_, part_bytes) ||
        !gathered_.reserve(device_, part_bytes)) {
      return;
    }
    std::memcpy(pinned_.data(), bytes.data() + first * slot_bytes(), part_bytes);
    const bool done =
        upload_slots(part) &&
        device_.copy(gathered_.data(), pinned_.data(), part_bytes, cudaMemcpyHostToDevice) &&
        scatter(part.size(), 0, layer_count_) && device_.synchronize();
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
  if (!upload_turns(moves)) return false;
  const std::size_t per_layer = moves.size() * 2 * vector_bytes();
  const auto at_once = static_cast<std::uint32_t>(
      std::clamp<std::size_t>(kGatheredBytes / per_layer, 1, layer_count_));
  for (std::uint32_t layer = 0; layer < layer_count_; layer += at_once) {
    const std::uint32_t layers = std::min(at_once, layer_count_ - layer);
    const bool done = upload_slots(from) && gather(moves.size(), layer, layers) &&
                      turn_gathered(moves.size(), layers) && upload_slots(to) &&
                      scatter(moves.size(), layer, layers);
    if (!done) return false;
  }
  return device_.synchronize();
}

bool CudaKvStorage::turn_gathered(std::size_t count, std::uint32_t layers) const {
  Angles angles = angles_.angles();
  angles.table = turn_angles_.data();
  const dim3 grid(static_cast<std::uint32_t>(count), layers);
  return with_number([&]<typename Number>(const View<Number>&, Number* gathered) {
    return device_.launch(turn_keys<Number>, grid, dim3(kThreads), 0, gathered,
                          turn_indices_.data(), angles, head_count_, dimension_);
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
