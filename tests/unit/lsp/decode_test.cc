#include "lsp/protocol/decode.h"

#include <gtest/gtest.h>

#include <string>

#include "lsp/protocol/encode.h"
#include "lsp/protocol/json_text.h"

namespace nextline::lsp {
namespace {

template <typename Params>
Params decoded(std::string_view text) {
  auto params = decode<Params>(parse_json(text).value());
  EXPECT_TRUE(params) << params.error().message;
  return params.value_or(Params{});
}

template <typename Params>
std::string complaint(std::string_view text) {
  const auto params = decode<Params>(parse_json(text).value());
  if (params) return "none";
  EXPECT_EQ(params.error().code, ErrorCode::kInvalidParams);
  return params.error().message;
}

TEST(Decode, CacheTakesTheNumberOfTheReportThatIsThere) {
  EXPECT_EQ(decoded<CacheParams>(R"({"textDocument": {"uri": "a"}, "after": 7})").after, 7);
  EXPECT_EQ(decoded<CacheParams>(R"({"textDocument": {"uri": "a"}})").after, 0);
  EXPECT_EQ(decoded<CacheParams>(R"({"textDocument": {"uri": "a"}, "after": -7})").after, 0);
  EXPECT_EQ(complaint<CacheParams>(R"({"textDocument": {"uri": "a"}, "after": "7"})"),
            "params.after must be a whole number.");
}

TEST(Decode, DocumentTakesWhetherTheTextIsWanted) {
  EXPECT_TRUE(
      decoded<DocumentParams>(R"({"textDocument": {"uri": "a"}, "withText": true})").with_text);
  EXPECT_FALSE(decoded<DocumentParams>(R"({"textDocument": {"uri": "a"}})").with_text);
  EXPECT_EQ(complaint<DocumentParams>(R"({"textDocument": {"uri": "a"}, "withText": 1})"),
            "params.withText must be true or false.");
}

TEST(Decode, InitializeTakesWhatNextlineUses) {
  const auto params = decoded<InitializeParams>(R"({
      "processId": 4711, "clientInfo": {"name": "editor", "version": "1.2"},
      "rootUri": "file:///r", "workspaceFolders": [{"uri": "file:///r", "name": "r"}],
      "initializationOptions": {"model": "m"}, "trace": "off",
      "capabilities": {"general": {"positionEncodings": ["utf-8", "utf-16"]},
                       "window": {"workDoneProgress": true}}})");
  EXPECT_EQ(params.process_id, 4711);
  EXPECT_EQ(params.client_info, (ClientInfo{"editor", "1.2"}));
  EXPECT_EQ(params.root_uri, "file:///r");
  EXPECT_EQ(params.workspace_folders, std::vector({WorkspaceFolder{"file:///r", "r"}}));
  EXPECT_EQ(params.initialization_options, (boost::json::value{{"model", "m"}}));
  EXPECT_EQ(params.capabilities.position_encodings, (std::vector<std::string>{"utf-8", "utf-16"}));
  EXPECT_TRUE(params.capabilities.work_done_progress);
}

TEST(Decode, InitializeNeedsCapabilitiesOnly) {
  const auto params = decoded<InitializeParams>(
      R"({"processId": null, "rootUri": null, "workspaceFolders": null, "capabilities": {}})");
  EXPECT_EQ(params.process_id, std::nullopt);
  EXPECT_EQ(params.client_info, std::nullopt);
  EXPECT_EQ(params.root_uri, std::nullopt);
  EXPECT_TRUE(params.workspace_folders.empty());
  EXPECT_TRUE(params.initialization_options.is_null());
  EXPECT_TRUE(params.capabilities.position_encodings.empty());
  EXPECT_FALSE(params.capabilities.work_done_progress);
  EXPECT_EQ(complaint<InitializeParams>("{}"),
            "params.capabilities is missing; it must be an object.");
}

TEST(Decode, InitializeTakesWhatTheClientCanDo) {
  const auto can = decoded<InitializeParams>(R"({"capabilities": {
      "workspace": {"configuration": true,
                    "didChangeConfiguration": {"dynamicRegistration": true},
                    "didChangeWatchedFiles": {"dynamicRegistration": true}},
      "textDocument": {"completion": {"completionItem": {
          "labelDetailsSupport": true, "documentationFormat": ["markdown", "plaintext"],
          "insertTextModeSupport": {"valueSet": [2, 1]}}}}}})")
                       .capabilities;
  EXPECT_TRUE(can.configuration && can.registers_configuration && can.registers_watched_files);
  EXPECT_TRUE(can.label_details && can.inserts_as_is);
  EXPECT_EQ(can.documentation, MarkupKind::kMarkdown);
}

TEST(Decode, WhatIsNoCapabilityIsNone) {
  for (const std::string odd : {"null", "1", "\"true\"", "[true]", "{}", "false"}) {
    const auto can = decoded<InitializeParams>(
                         R"({"capabilities": {"window": {"workDoneProgress": )" + odd +
                         R"(}, "workspace": {"configuration": )" + odd +
                         R"(, "didChangeConfiguration": )" + odd +
                         R"(}, "textDocument": {"completion": {"completionItem": {
                             "documentationFormat": )" +
                         odd + R"(, "insertTextModeSupport": {"valueSet": )" + odd + "}}}}}}")
                         .capabilities;
    EXPECT_FALSE(can.work_done_progress || can.configuration || can.registers_configuration ||
                 can.inserts_as_is)
        << odd;
    EXPECT_EQ(can.documentation, MarkupKind::kPlainText) << odd;
  }
}

TEST(Decode, WhatIsSaidOfTheWorkspace) {
  EXPECT_EQ(decoded<DidChangeConfigurationParams>(R"({"settings": {"a": 1}})").settings,
            (boost::json::value{{"a", 1}}));
  EXPECT_TRUE(decoded<DidChangeConfigurationParams>("{}").settings.is_null());
  const auto folders = decoded<DidChangeWorkspaceFoldersParams>(
      R"({"event": {"added": [{"uri": "u", "name": "n"}], "removed": []}})");
  EXPECT_EQ(folders.added, std::vector({WorkspaceFolder{"u", "n"}}));
  EXPECT_TRUE(folders.removed.empty());
  EXPECT_EQ(complaint<DidChangeWorkspaceFoldersParams>(R"({"event": {"added": [1]}})"),
            "params.event.added[0] must be an object.");
  EXPECT_EQ(decoded<DidChangeWatchedFilesParams>(R"({"changes": [{"uri": "u", "type": 3}]})").uris,
            std::vector<std::string>{"u"});
  EXPECT_EQ(complaint<DidChangeWatchedFilesParams>("{}"),
            "params.changes is missing; it must be an array.");
}

TEST(Decode, ExecuteCommandKeepsItsArgumentsAsTheyCame) {
  const auto params =
      decoded<ExecuteCommandParams>(R"({"command": "c", "arguments": [{"a": 1}, null]})");
  EXPECT_EQ(params.command, "c");
  EXPECT_EQ(params.arguments, (boost::json::array{{{"a", 1}}, nullptr}));
  EXPECT_TRUE(
      decoded<ExecuteCommandParams>(R"({"command": "c", "arguments": null})").arguments.empty());
  EXPECT_EQ(complaint<ExecuteCommandParams>(R"({"command": "c", "arguments": 1})"),
            "params.arguments must be an array.");
}

TEST(Decode, AnItemIsKnownByItsDataOrItsCommand) {
  const auto number_of = [](const std::string& item) {
    return decoded<DidShowCompletionParams>("{\"item\":" + item + "}").suggestion;
  };
  EXPECT_EQ(number_of(R"({"insertText": "x", "data": {"id": 7}})"), 7);
  EXPECT_EQ(number_of(R"({"command": {"command": "c", "arguments": [{"id": 8}]}})"), 8);
  EXPECT_EQ(number_of(R"({"data": {"id": 7.0}, "command": null})"), 7);
}

TEST(Decode, AnItemWithoutANumberIsNoneOfTheServers) {
  for (const char* item :
       {"{}", "null", "7", R"({"data": {"id": "7"}})", R"({"data": 7})", R"({"data": {"id": 1.5}})",
        R"({"command": {"arguments": []}})", R"({"command": {"arguments": [7]}})"}) {
    EXPECT_NE(complaint<DidShowCompletionParams>(std::string("{\"item\":") + item + "}"), "none")
        << item;
  }
}

TEST(Decode, DidPartiallyAcceptSaysHowMuch) {
  const auto params = decoded<DidPartiallyAcceptCompletionParams>(
      R"({"item": {"data": {"id": 7}}, "acceptedLength": 12})");
  EXPECT_EQ(params.suggestion, 7);
  EXPECT_EQ(params.accepted_length, 12U);
  EXPECT_EQ(complaint<DidPartiallyAcceptCompletionParams>(
                R"({"item": {"data": {"id": 7}}, "acceptedLength": -1})"),
            "params.acceptedLength must be a whole number of at least 0.");
}

TEST(Decode, DidOpen) {
  const auto params = decoded<DidOpenTextDocumentParams>(
      R"({"textDocument": {"uri": "u", "languageId": "c", "version": -1, "text": "a\ud83d"}})");
  EXPECT_EQ(params.text_document, (TextDocumentItem{"u", "c", -1, "a\xED\xA0\xBD"}));
}

TEST(Decode, DidChangeWithAndWithoutRanges) {
  const auto params = decoded<DidChangeTextDocumentParams>(R"({
      "textDocument": {"uri": "u", "version": 3},
      "contentChanges": [{"range": {"start": {"line": 1, "character": 2},
                                    "end": {"line": 3, "character": 4}},
                          "rangeLength": 7, "text": "x"},
                         {"text": "y"}]})");
  EXPECT_EQ(params.text_document, (VersionedTextDocumentIdentifier{"u", 3}));
  EXPECT_EQ(params.content_changes, (std::vector<TextDocumentContentChangeEvent>{
                                        {Range{{1, 2}, {3, 4}}, "x"}, {std::nullopt, "y"}}));
}

TEST(Decode, DidCloseDidSaveAndCancel) {
  EXPECT_EQ(decoded<DidSaveTextDocumentParams>(R"({"textDocument": {"uri": "u"}})").text_document,
            TextDocumentIdentifier{"u"});
  EXPECT_EQ(decoded<DidCloseTextDocumentParams>(R"({"textDocument": {"uri": "u"}})").text_document,
            TextDocumentIdentifier{"u"});
  EXPECT_EQ(decoded<CancelParams>(R"({"id": 1})").id, RequestId(1));
  EXPECT_EQ(decoded<CancelParams>(R"({"id": "a"})").id, RequestId("a"));
  EXPECT_EQ(complaint<CancelParams>(R"({"id": true})"),
            "params.id must be a string or a whole number.");
}

TEST(Decode, InlineCompletion) {
  const auto params = decoded<InlineCompletionParams>(R"({
      "textDocument": {"uri": "u"}, "position": {"line": 1, "character": 2.0},
      "context": {"triggerKind": 2, "selectedCompletionInfo": {"text": "t",
          "range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 2}}}}})");
  EXPECT_EQ(params.position, (Position{1, 2}));
  EXPECT_EQ(params.context,
            (InlineCompletionContext{InlineCompletionTriggerKind::kAutomatic,
                                     SelectedCompletionInfo{Range{{1, 0}, {1, 2}}, "t"}}));
}

TEST(Decode, CompletionWithAndWithoutContext) {
  const auto with = decoded<CompletionParams>(R"({
      "textDocument": {"uri": "u"}, "position": {"line": 0, "character": 0},
      "context": {"triggerKind": 2, "triggerCharacter": "."}})");
  EXPECT_EQ(with.context, (CompletionContext{CompletionTriggerKind::kTriggerCharacter, "."}));
  const auto without = decoded<CompletionParams>(
      R"({"textDocument": {"uri": "u"}, "position": {"line": 0, "character": 0}})");
  EXPECT_EQ(without.context, std::nullopt);
}

TEST(Decode, TakesNumbersBeyondTheGreatestForTheGreatest) {
  for (const std::string number : {"4294967295", "4294967296", "18446744073709551615", "1e300"}) {
    const auto params = decoded<CompletionParams>(
        R"({"textDocument": {"uri": "u"}, "position": {"line": 0, "character": )" + number + "}}");
    EXPECT_EQ(params.position.character, 4294967295) << number;
  }
}

TEST(Decode, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(complaint<CompletionParams>("null"), "params must be an object.");
  EXPECT_EQ(complaint<CompletionParams>("{}"),
            "params.textDocument is missing; it must be an object.");
  EXPECT_EQ(complaint<CompletionParams>(R"({"textDocument": {"uri": 1}})"),
            "params.textDocument.uri must be a string.");
  for (const std::string line : {"-1", "1.5", "-1e300", "\"1\"", "null", "[]"}) {
    EXPECT_EQ(complaint<CompletionParams>(
                  R"({"textDocument": {"uri": "u"}, "position": {"line": )" + line + "}}"),
              "params.position.line must be a whole number of at least 0.");
  }
  EXPECT_EQ(
      complaint<DidChangeTextDocumentParams>(
          R"({"textDocument": {"uri": "u", "version": 1}, "contentChanges": [{"text": ""}, 1]})"),
      "params.contentChanges[1] must be an object.");
  EXPECT_EQ(complaint<DidChangeTextDocumentParams>(
                R"({"textDocument": {"uri": "u", "version": 1}, "contentChanges": {}})"),
            "params.contentChanges must be an array.");
  EXPECT_EQ(complaint<InlineCompletionParams>(
                R"({"textDocument": {"uri": "u"}, "position": {"line": 0, "character": 0},
                    "context": {"triggerKind": 3}})"),
            "params.context.triggerKind must be one of the numbers from 1 to 2.");
}

TEST(Encode, InlineCompletionItem) {
  EXPECT_EQ(serialize_json(to_json(InlineCompletionItem{"x", std::nullopt, std::nullopt})),
            R"({"insertText":"x"})");
  EXPECT_EQ(serialize_json(to_json(InlineCompletionItem{"x", Range{{1, 2}, {3, 4}}, "f"})),
            R"({"insertText":"x","range":{"start":{"line":1,"character":2},)"
            R"("end":{"line":3,"character":4}},"filterText":"f"})");
}

TEST(Encode, CompletionItem) {
  CompletionItem item{"l", "d", "f", {Range{{1, 2}, {1, 3}}, "t"}, nullptr};
  EXPECT_EQ(serialize_json(to_json(item)),
            R"({"label":"l","kind":1,"filterText":"f","textEdit":{"range":{"start":)"
            R"({"line":1,"character":2},"end":{"line":1,"character":3}},"newText":"t"},)"
            R"("data":null,"detail":"d"})");
  item.has_label_details = item.inserts_as_is = true;
  item.documentation = {MarkupKind::kMarkdown, "m"};
  const boost::json::value rich = to_json(item);
  EXPECT_EQ(serialize_json(rich.at("labelDetails")), R"({"description":"d"})");
  EXPECT_EQ(rich.at("insertTextMode"), 1);
  EXPECT_EQ(serialize_json(rich.at("documentation")), R"({"kind":"markdown","value":"m"})");
  item.documentation = {MarkupKind::kPlainText, "p"};
  EXPECT_EQ(to_json(item).at("documentation"), "p");
}

TEST(Decode, NamesAreOfBoundedLength) {
  const auto opened = [](std::size_t uri, std::size_t language) {
    return complaint<DidOpenTextDocumentParams>(
        R"({"textDocument": {"uri": ")" + std::string(uri, 'u') + R"(", "languageId": ")" +
        std::string(language, 'l') + R"(", "version": 1, "text": ""}})");
  };
  EXPECT_EQ(opened(16384, 256), "none");
  EXPECT_EQ(opened(16385, 256), "params.textDocument.uri must be a string of at most 16384 bytes.");
  EXPECT_EQ(opened(16384, 257),
            "params.textDocument.languageId must be a string of at most 256 bytes.");
}

TEST(Decode, WhatIsSelectedInAMenuIsOfBoundedLength) {
  const auto selected = [](std::size_t bytes) {
    return complaint<InlineCompletionParams>(
        R"({"textDocument": {"uri": "a"}, "position": {"line": 0, "character": 0}, "context":
        {"triggerKind": 1, "selectedCompletionInfo": {"range": {"start": {"line": 0, "character": 0},
        "end": {"line": 0, "character": 0}}, "text": ")" +
        std::string(bytes, 's') + R"("}}})");
  };
  EXPECT_EQ(selected(65536), "none");
  EXPECT_EQ(selected(65537),
            "params.context.selectedCompletionInfo.text must be a string of at most 65536 bytes.");
}

}  // namespace
}  // namespace nextline::lsp
