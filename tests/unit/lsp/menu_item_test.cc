#include "lsp/menu_item.h"

#include <gtest/gtest.h>

#include <string>

namespace nextline::lsp {
namespace {

constexpr Range kRange{{1, 2}, {1, 4}};

std::string documentation(const std::string& text, MarkupKind kind,
                          std::string_view language = "python") {
  ClientCapabilities client;
  client.documentation = kind;
  const CompletionItem item = menu_item(text, kRange, language, client);
  if (!item.documentation) return "none";
  EXPECT_EQ(item.documentation->kind, kind);
  return item.documentation->value;
}

TEST(MenuItem, IsLabelledByItsFirstLine) {
  const CompletionItem item = menu_item("\n  return x \r\n", kRange, "python", {});
  EXPECT_EQ(item.label, "return x");
  EXPECT_EQ(item.filter_text, "\n  return x \r\n");
  EXPECT_EQ(item.text_edit.new_text, "\n  return x \r\n");
  EXPECT_EQ(item.text_edit.range, kRange);
}

TEST(MenuItem, IsShownWholeWhereItHasSeveralLines) {
  EXPECT_EQ(documentation("f(\n  x)", MarkupKind::kMarkdown), "```python\nf(\n  x)\n```");
  EXPECT_EQ(documentation("f(\n  x)", MarkupKind::kPlainText), "f(\n  x)");
  EXPECT_EQ(documentation("\n  return x", MarkupKind::kMarkdown), "```python\n\n  return x\n```");
  EXPECT_EQ(documentation("f(x)", MarkupKind::kMarkdown), "none");
  EXPECT_EQ(documentation("f(x)\n", MarkupKind::kMarkdown), "none");
  EXPECT_EQ(documentation("", MarkupKind::kMarkdown), "none");
}

TEST(MenuItem, DoesNotBreakOutOfItsFence) {
  EXPECT_EQ(documentation("a\n````\nb", MarkupKind::kMarkdown), "`````python\na\n````\nb\n`````");
  EXPECT_EQ(documentation("a\nb", MarkupKind::kMarkdown, "x\n# y"), "```\na\nb\n```");
  EXPECT_EQ(documentation("a\nb", MarkupKind::kMarkdown, "`"), "```\na\nb\n```");
  EXPECT_EQ(documentation("a\nb", MarkupKind::kMarkdown, std::string(100, 'x')), "```\na\nb\n```");
}

}  // namespace
}  // namespace nextline::lsp
