#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/backend/batch.h"
#include "engine/backend/sampling.h"
#include "engine/error.h"
#include "engine/kv/kv_storage.h"
#include "engine/model/model.h"

namespace nextline {

/// Logits of the rows that asked for them, in the order of the batch.
class Logits {
 public:
  void resize(std::size_t row_count, std::size_t vocabulary_size) {
    vocabulary_size_ = vocabulary_size;
    values_.resize(row_count * vocabulary_size);
  }
  std::size_t row_count() const {
    return vocabulary_size_ == 0 ? 0 : values_.size() / vocabulary_size_;
  }
  std::span<float> row(std::size_t index) {
    return std::span(values_).subspan(index * vocabulary_size_, vocabulary_size_);
  }
  std::span<const float> row(std::size_t index) const {
    return std::span(values_).subspan(index * vocabulary_size_, vocabulary_size_);
  }

 private:
  std::size_t vocabulary_size_ = 0;
  std::vector<float> values_;  // [row_count × vocabulary_size]
};

enum class PassOutcome : std::uint8_t { kFinished, kCancelled };

/// A device that computes one model.
///
/// Prefill, repair, decode and draft verification are the one call `forward`. A row's result
/// depends neither on what else is in the batch, nor on the number of threads, nor on how its view
/// is cut into runs as long as their anchors are their positions; where a device has other kernels
/// for few rows than for many (CUDA), that holds among passes of few rows and among those of many,
/// and within rounding between the two.
/// One thread at a time may use a backend and the storages it made.
class Backend {
 public:
  virtual ~Backend() = default;

  /// What computes, for people: e.g. "CPU, AVX-512 VNNI, 2 threads".
  virtual std::string description() const = 0;
  virtual const Model& model() const = 0;

  /// The arithmetic that computes keys and values: what two backends with the same number compute
  /// from the same tokens is the same, bit for bit, where it is stored in the same type. The upper
  /// 16 bits say whose arithmetic it is, the lower ones count its changes. Snapshots carry it: keys
  /// and values of another arithmetic can be attended to, but are no longer what would be computed
  /// now.
  virtual std::uint32_t arithmetic_version() const = 0;

  /// So many rows of a prompt are computed in one pass: as many as use the device well, and few
  /// enough that a pass is soon done.
  virtual std::uint32_t prompt_rows() const { return 256; }

  /// Keys and values in numbers of a type; nothing: of the one that the backend has chosen. Fails
  /// if the backend does not have the type, or the memory cannot be had.
  virtual Result<std::unique_ptr<KvStorage>> create_storage(
      std::uint32_t slot_count, std::optional<KvType> kv_type = std::nullopt) = 0;

  /// Computes the batch: writes the keys and values of its rows into their slots and the logits of
  /// the rows that want them into `logits`. Looks at `stop` between layers, or before them, where a
  /// device is asked for few rows at once; a cancelled pass leaves only garbage in its rows' slots.
  virtual PassOutcome forward(KvStorage& storage, const Batch& batch, Logits& logits,
                              std::stop_token stop) = 0;

  /// The same, but gives what `choose` takes from those logits for the position behind each row
  /// that asks, and how likely that is by `LogSoftmax`: a device that computes them elsewhere has a
  /// few bytes to hand over instead of a row of the vocabulary.
  virtual PassOutcome next_tokens(KvStorage& storage, const Batch& batch, const Sampling& sampling,
                                  std::vector<ChosenToken>& chosen, std::stop_token stop);

  /// Room for the logits of a pass, for whoever has one computed: the next pass of anybody may
  /// write over it. A row takes as many bytes as hundreds of cached tokens, so there is one room
  /// for all sessions.
  Logits& pass_logits() { return pass_logits_; }

  /// Why the backend computes nothing any more, where its device has failed: every pass is
  /// cancelled from then on, and what its storages hold is lost. Null as long as it computes. The
  /// backend of a processor does not fail.
  virtual const Error* broken_by() const { return nullptr; }

  /// From here on, passes and moves of keys take so many threads of the processor at most, until
  /// the next call; 0: as many as there are. The others sleep. Changes no result. A backend that
  /// has no threads to spare ignores it.
  virtual void use_threads(std::uint32_t at_most) { static_cast<void>(at_most); }

 private:
  Logits pass_logits_;
};

/// Has a backend use so few threads for as long as it lives, then all of them again.
class ThreadLimit {
 public:
  ThreadLimit(Backend& backend, std::uint32_t at_most) : backend_(backend) {
    backend_.use_threads(at_most);
  }
  ~ThreadLimit() { backend_.use_threads(0); }
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  Backend& backend_;
};

}  // namespace nextline
