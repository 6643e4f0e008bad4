#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace nextline::lsp {

/// What clients may have open. Nobody meets these limits who writes code; a program gone wild does.
struct DocumentLimits {
  std::size_t document_bytes = std::size_t{12} << 20;  ///< The text of one document.
  std::size_t documents = 2000;                        ///< Of one client.
  std::size_t all_documents = 8000;                    ///< Of all clients together.
  std::size_t all_bytes = std::size_t{256} << 20;      ///< The texts of all of them.
};

/// Why a document that a client has open is not kept.
enum class LeftOut : std::uint8_t {
  kTooLarge,
  kTooManyDocuments,
  kTooMuchText,  ///< Of all clients together.
};

/// A sentence for the user, which says when the document is completed again.
std::string sentence_of(LeftOut why, const DocumentLimits& limits);

/// The room that the clients of a process have for their documents. A copy is the same room.
/// Belongs to the clients' thread.
class DocumentRoom {
  struct Taken {
    std::size_t documents = 0;
    std::size_t bytes = 0;
  };

 public:
  /// One document's. Given back on destruction, also when the room itself is gone.
  class Place {
   public:
    explicit Place(std::shared_ptr<Taken> taken) : taken_(std::move(taken)) { ++taken_->documents; }
    Place(Place&& other) noexcept = default;
    Place& operator=(Place&&) = delete;
    ~Place();

   private:
    friend DocumentRoom;

    std::shared_ptr<Taken> taken_;
    std::size_t bytes_ = 0;
  };

  explicit DocumentRoom(DocumentLimits limits = {}) : limits_(limits) {}

  const DocumentLimits& limits() const { return limits_; }

  /// A place without a text yet, for a client that has so many others; nothing where there is none.
  std::optional<Place> take(std::size_t others) const;
  /// Has a place hold a text of so many bytes in place of the one that it held. Where there is no
  /// room for it, says why, and leaves the place as it was.
  std::optional<LeftOut> hold(Place& place, std::size_t bytes) const;

 private:
  DocumentLimits limits_;
  std::shared_ptr<Taken> taken_ = std::make_shared<Taken>();
};

}  // namespace nextline::lsp
