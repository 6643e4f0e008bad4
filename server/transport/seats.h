#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace nextline::server {

/// How many connections there may be at a time. Each holds a seat as long as it lives. Belongs to
/// one thread.
class Seats {
 public:
  /// Given back on destruction, also when the seats themselves are gone.
  class Seat {
   public:
    explicit Seat(std::shared_ptr<std::size_t> taken) : taken_(std::move(taken)) { ++*taken_; }
    Seat(Seat&& other) noexcept = default;
    Seat& operator=(Seat&& other) noexcept {
      std::swap(taken_, other.taken_);
      return *this;
    }
    ~Seat() {
      if (taken_) --*taken_;
    }

   private:
    std::shared_ptr<std::size_t> taken_;
  };

  explicit Seats(std::size_t count) : count_(count) {}

  /// Nothing where all are taken.
  std::optional<Seat> take() {
    if (*taken_ >= count_) return std::nullopt;
    return Seat(taken_);
  }
  std::size_t taken() const { return *taken_; }

 private:
  std::size_t count_;
  std::shared_ptr<std::size_t> taken_ = std::make_shared<std::size_t>(0);
};

}  // namespace nextline::server
