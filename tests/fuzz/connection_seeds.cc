// Writes the first inputs of connection_fuzzer: for each way in, somebody who is let in and
// somebody who is not.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/protocol/framing.h"
#include "tests/fuzz/seed_file.h"

namespace {

using nextline::lsp::framed;

// The ways of the fuzzer, in chunks of 129 bytes.
constexpr char kHttp = 80;
constexpr char kHttpWithToken = 81;
constexpr char kFramed = 82;
constexpr char kFramedWithToken = 83;
constexpr char kWebSocket = 84;

std::string attach(const std::string& id, const std::string& params) {
  return R"({"jsonrpc":"2.0",)" + (id.empty() ? "" : "\"id\":" + id + ",") +
         R"("method":"nextline/attach","params":)" + params + "}";
}

const std::string kWithToken = R"({"protocol":1,"version":"1","token":"0123456789abcdef"})";
const std::string kHello = R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})";

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

/// A frame as clients send them, masked with zeros.
std::string frame(unsigned kind, std::string_view content, bool is_last = true) {
  std::string bytes{static_cast<char>(kind | (is_last ? 0x80U : 0U))};
  if (content.size() < 126) {
    bytes += static_cast<char>(0x80U | content.size());
  } else {
    bytes += static_cast<char>(0x80U | 126U);
    bytes += static_cast<char>(content.size() >> 8U);
    bytes += static_cast<char>(content.size());
  }
  return bytes + std::string(4, '\0') + std::string(content);
}

std::vector<std::string> inputs() {
  const std::string upgrade =
      "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Extensions: "
      "permessage-deflate\r\n";
  const std::string second =
      frame(1, kHello) + frame(9, "ping") + frame(1, "[", false) + frame(0, "]");
  return {
      kHttp + get("/"),
      kHttp + get("/health", "Origin: http://localhost\r\nAccept: */*\r\n"),
      kHttp + std::string("HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
      kHttp + std::string("POST /metrics HTTP/1.0\r\nHost: [::1]:1\r\nContent-Length: 2\r\n\r\n{}"),
      kHttp + get("/lsp", upgrade) + frame(1, kHello),
      kHttp + get("/lsp") + "\x16\x03\x01",
      kHttp + get("/", "X: " + std::string(9000, 'x') + "\r\n"),
      kHttpWithToken + get("/lsp?token=0123456789abcdef", upgrade) + second,
      kHttpWithToken + get("/", "Authorization: Bearer 0123456789abcdef\r\n"),
      kHttpWithToken + get("/?token=wrong", "Origin: http://a.example\r\n"),
      kFramed + framed(kHello) + framed("[]") + framed("{"),
      kFramed + framed(attach("\"a\"", R"({"protocol":2,"arguments":["serve"]})")),
      kFramed + framed(attach("", R"({"protocol":1})")) + framed(kHello),
      kFramed + std::string("Content-Length: 99999\r\n\r\n"),
      kFramedWithToken + framed(attach("7", kWithToken)) + framed(kHello),
      kFramedWithToken + framed(attach("", R"({"protocol":1,"token":"no"})")),
      kFramedWithToken + framed(kHello),
      kWebSocket + frame(1, attach("", kWithToken)) + second + frame(8, "\3\xE8"),
      kWebSocket + frame(1, attach("1", kWithToken)) + frame(1, std::string(3000, ' ')),
      kWebSocket + frame(2, "binary"),
      kWebSocket + frame(1, "\xFF") + frame(3, ""),
  };
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return 2;
  const std::filesystem::path folder = arguments[1];
  int number = 0;
  for (const std::string& bytes : inputs()) {
    if (!nextline::test::write_seed(folder / std::to_string(number++),
                                    std::as_bytes(std::span(bytes)))) {
      return 1;
    }
  }
  return 0;
}
