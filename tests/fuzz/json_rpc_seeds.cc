// Writes the first inputs of json_rpc_fuzzer: short sessions that together hold every type of
// message, in each position encoding, and streams with something wrong.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "lsp/protocol/framing.h"

namespace {

using nextline::lsp::framed;

std::string call(const std::string& method, const std::string& params, const std::string& id = "") {
  return framed(R"({"jsonrpc":"2.0",)" + (id.empty() ? "" : "\"id\":" + id + ",") +
                R"("method":")" + method + R"(","params":)" + params + "}");
}

std::string open(const std::string& text) {
  return call(
      "textDocument/didOpen",
      R"({"textDocument":{"uri":"u","languageId":"c","version":1,"text":")" + text + "\"}}");
}

std::string change(const std::string& changes) {
  return call("textDocument/didChange",
              R"({"textDocument":{"uri":"u","version":2},"contentChanges":[)" + changes + "]}");
}

std::string range(int line, int start, int end) {
  const auto position = [line](int character) {
    return R"({"line":)" + std::to_string(line) + R"(,"character":)" + std::to_string(character) +
           "}";
  };
  return R"({"start":)" + position(start) + R"(,"end":)" + position(end) + "}";
}

std::string replacement(int line, int start, int end, const std::string& text) {
  return R"({"range":)" + range(line, start, end) + R"(,"text":")" + text + "\"}";
}

std::string initialize() {
  return call("initialize",
              R"({"processId":1,"clientInfo":{"name":"e","version":"1"},"rootUri":"r",)"
              R"("workspaceFolders":[{"uri":"u","name":"n"}],"initializationOptions":{"a":[1.5]},)"
              R"("capabilities":{"general":{"positionEncodings":["utf-8"]},)"
              R"("workspace":{"configuration":true,"didChangeWatchedFiles":)"
              R"({"dynamicRegistration":true}},"window":{"workDoneProgress":true}}})",
              "1");
}

std::string completions() {
  const std::string place = R"({"textDocument":{"uri":"u"},"position":{"line":0,"character":2},)";
  return call("textDocument/completion",
              place + R"("context":{"triggerKind":2,"triggerCharacter":"."}})", "\"a\"") +
         call("textDocument/inlineCompletion",
              place + R"("context":{"triggerKind":2,"selectedCompletionInfo":{"range":)" +
                  range(0, 1, 2) + R"(,"text":"t"}}})",
              "2") +
         call("$/cancelRequest", R"({"id":2})");
}

std::string settings() {
  return R"({"languages":{"*":true,"c":false},"ignore":["*.a","!/b/**/[c-d]?/"],"maxTokens":9,)"
         R"("extent":"line","leastConfidence":0.5,"context":{"tokens":0}})";
}

std::string feedback() {
  const std::string item =
      R"("item":{"insertText":"x","data":{"id":1},"command":{"arguments":[{"id":1}]}})";
  return call("textDocument/didShowCompletion", "{" + item + "}") +
         call("textDocument/didPartiallyAcceptCompletion", "{" + item + R"(,"acceptedLength":1})") +
         call("workspace/executeCommand",
              R"({"command":"nextline.didAccept","arguments":[{"id":1}]})", "3") +
         call("workspace/executeCommand", R"({"command":"nextline.statistics"})", "4");
}

std::vector<std::pair<std::string, std::string>> streams() {
  return {
      {"settings",
       initialize() + call("initialized", "{}") +
           framed(R"({"jsonrpc":"2.0","id":"nextline/1","result":[)" + settings() + "]}") +
           call("workspace/didChangeConfiguration", R"({"settings":)" + settings() + "}") +
           call("x", settings()) +
           call("workspace/didChangeWorkspaceFolders",
                R"({"event":{"added":[{"uri":"file:///a","name":"a"}],"removed":[]}})") +
           call("workspace/didChangeWatchedFiles",
                R"({"changes":[{"uri":"file:///a/.gitignore","type":2}]})")},
      {"initialize", initialize()},
      {"session", initialize() + call("initialized", "{}") + open("int x;") + completions() +
                      change(replacement(0, 2, 4, "é")) + completions() +
                      change(replacement(0, 3, 1, "")) + completions() + feedback() +
                      framed(R"({"jsonrpc":"2.0","id":"nextline/1","result":null})") +
                      call("textDocument/didClose", R"({"textDocument":{"uri":"u"}})") +
                      call("shutdown", "null", "9") + call("exit", "null")},
      {"completions", open("int x;") + completions()},
      {"typing", open("a\\r\\nb\\rc\\n") + change(replacement(0, 1, 1, "x")) +
                     change(replacement(1, 0, 9, "\\n") + "," + replacement(1, 0, 0, "y")) +
                     change(R"({"text":"a\nb"})") +
                     call("textDocument/didClose", R"({"textDocument":{"uri":"u"}})")},
      {"characters", open("aé€😀\\ud83d\\ude00z") + change(replacement(0, 2, 4, "\\ud83d")) +
                         change(replacement(0, 3, 3, "\\ude00"))},
      {"inverted", open("abc") + change(replacement(0, 2, 1, "x"))},
      {"response", framed(R"({"jsonrpc":"2.0","id":1,"result":[null,true,-1,1.5e3]})") +
                       framed(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"m"}})")},
      {"batch", framed("[]") + framed("{") + framed("\"\\ud800\"")},
      {"header", "content-type: a; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}" +
                     framed(std::string(5000, ' ')) + "Content-Length: x\r\n\r\n"},
  };
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: json_rpc_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  bool written = true;
  for (const auto& [name, stream] : streams()) {
    for (const char encoding : {'\x60', '\x61', '\x62'}) {  // UTF-8, UTF-16, UTF-32; chunks of 33.
      std::ofstream file(folder / (name + "-" + encoding), std::ios::binary);
      file << encoding << stream;
      written &= file.flush().good();
    }
  }
  return written ? 0 : 1;
}
