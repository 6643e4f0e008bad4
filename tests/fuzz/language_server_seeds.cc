// Writes the first inputs of language_server_fuzzer: sessions in which documents are opened, typed
// into, completed, cancelled and closed, with settings and feedback.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/seed_file.h"

namespace {

// The steps of the fuzzer.
constexpr char kOpen = 0;
constexpr char kChange = 1;
constexpr char kAsk = 4;
constexpr char kAskForMenu = 6;
constexpr char kCancel = 7;
constexpr char kClose = 8;
constexpr char kMoveCursor = 9;
constexpr char kConfigure = 10;
constexpr char kTellOfItem = 11;
constexpr char kExecute = 12;
constexpr char kSayAnything = 13;
constexpr char kRunSome = 14;
constexpr char kWait = 15;

std::string with_length(std::string_view text) {
  // In two bytes, since an opened text may be longer than 256.
  std::string bytes{static_cast<char>(text.size() >> 8U), static_cast<char>(text.size())};
  bytes += text;
  return bytes;
}

std::string open(char document, std::string_view text) {
  return std::string{kOpen, document} + with_length(text);
}
std::string change(char document, std::string_view inserted, char first, char removed) {
  return std::string{kChange, document, static_cast<char>(inserted.size())} +
         std::string(inserted) + first + removed;
}
std::string at(char step, char document, char offset) {
  return {step, document, offset, '\0', '\0'};
}
std::string step(char step, std::string_view rest = {}) { return step + std::string(rest); }

std::string configure(std::string_view bytes) { return step(kConfigure, bytes); }

std::vector<std::string> sessions() {
  const std::string code = "def f(a):\n    return a\n\nprint(f(";
  return {
      open(0, code) + at(kAsk, 0, 32) + step(kWait) + step(kTellOfItem, "\2") + step(kWait),
      open(0, code) + at(kAsk, 0, 32) + change(0, "1", 32, 0) + at(kAsk, 0, 33) + step(kWait) +
          change(0, "\r\n", 9, 1) + at(kMoveCursor, 0, 12) + at(kAskForMenu, 0, 12) + step(kWait),
      open(1, "int main() {\n  int a = 1;\n  \n}\n") + open(2, "words") + at(kAsk, 1, 28) +
          at(kAsk, 2, 5) + step(kRunSome) + step(kCancel, "\1") + step(kWait) +
          step(kTellOfItem, std::string("\1\5", 2)) + step(kExecute, std::string(1, '\0')) +
          step(kClose, "\1") + at(kAsk, 1, 0) + step(kWait),
      open(3, "SECRET=1\n") + at(kAsk, 3, 9) + step(kExecute, std::string(1, '\0')) +
          step(kExecute, "\1") + step(kSayAnything, "\4{\"a\"") + step(kWait),
      configure(std::string("\0\0\0\1\3\1\2\1", 8)) + open(0, code) + at(kAsk, 0, 10) +
          step(kWait) + configure(std::string("\1\0\0\0\0\0\0\0", 8)) + change(0, "x", 0, 3) +
          at(kAsk, 0, 1) + configure(std::string("\0\1\0\1\1\0\1\1", 8)) + at(kAsk, 0, 1) +
          step(kWait),
  };
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return 2;
  const std::filesystem::path folder = arguments[1];
  int number = 0;
  for (const std::string& session : sessions()) {
    for (const std::string_view capabilities :
         {std::string_view("\0\0\0", 3), std::string_view("\1\1\1", 3)}) {
      const std::string bytes = std::string(capabilities) + session;
      if (!nextline::test::write_seed(folder / std::to_string(number++),
                                      std::as_bytes(std::span(bytes)))) {
        return 1;
      }
    }
  }
  return 0;
}
