#include "lsp/syntax/import_paths.h"

#include <algorithm>
#include <string>
#include <utility>

#include "lsp/syntax/imports.h"

namespace nextline::lsp {
namespace {

/// Names in one statement; nobody writes more.
constexpr std::size_t kMostNames = 256;

std::string_view bytes_of(TSNode node, std::string_view text) {
  return text.substr(ts_node_start_byte(node), ts_node_end_byte(node) - ts_node_start_byte(node));
}

std::string with_slashes(std::string module) {
  std::ranges::replace(module, '.', '/');
  return module;
}

/// What stands between the quotes or angle brackets of a string.
std::string_view without_quotes(std::string_view quoted) {
  constexpr std::string_view kQuotes = "\"'`<>";
  const std::size_t first = quoted.find_first_not_of(kQuotes);
  if (first == std::string_view::npos) return {};
  return quoted.substr(first, quoted.find_last_not_of(kQuotes) + 1 - first);
}

/// The strings and the names below a statement, in their order.
struct Parts {
  std::vector<std::string_view> strings;
  std::vector<std::string_view> names;
};

bool is_string(TSNode node) {
  return std::string_view(ts_node_type(node)).find("string") != std::string_view::npos;
}

Parts parts_of(const Grammar& grammar, std::string_view text, TSNode statement) {
  Parts parts;
  TreeCursor cursor(statement);
  for (bool goes_on = true; goes_on && parts.names.size() < kMostNames;) {
    const TSNode node = cursor.node();
    bool enters = true;
    if (is_string(node) && ts_node_is_named(node)) {
      if (parts.strings.size() < kMostNames) {
        parts.strings.push_back(without_quotes(bytes_of(node, text)));
      }
      enters = false;
    } else if (grammar.is_identifier(node) && ts_node_child_count(node) == 0) {
      parts.names.push_back(bytes_of(node, text));
    }
    if (enters && cursor.to_first_child()) continue;
    while (!cursor.to_next_sibling()) {
      goes_on = cursor.to_parent();
      if (!goes_on) break;
    }
  }
  return parts;
}

void read_dotted(const std::vector<std::string_view>& names, std::vector<OutlineImport>& imports) {
  std::string module;
  for (const std::string_view name : names) {
    imports.push_back({module, 0, std::string(name)});
    if (!module.empty()) module += '/';
    module += name;
  }
}

void read_any(const Grammar& grammar, std::string_view text, TSNode statement,
              std::vector<OutlineImport>& imports) {
  const Parts parts = parts_of(grammar, text, statement);
  if (parts.strings.empty()) {
    read_dotted(parts.names, imports);
    return;
  }
  for (const std::string_view module : parts.strings) {
    if (!module.empty()) imports.push_back({std::string(module), 0, {}});
  }
  for (const std::string_view name : parts.names) {
    imports.push_back({std::string(parts.strings.back()), 0, std::string(name)});
  }
}

}  // namespace

bool is_import_statement(TSNode node) {
  if (!ts_node_is_named(node) || ts_node_child_count(node) == 0) return false;
  const std::string_view type = ts_node_type(node);
  return type == "preproc_include" || type == "use_declaration" || type == "import_declaration" ||
         type == "import_statement" || type == "import_from_statement" ||
         type == "future_import_statement";
}

void read_import_paths(const Grammar& grammar, std::string_view text, TSNode statement,
                       std::vector<OutlineImport>& imports) {
  if (&grammar != Grammar::of_file("a.py") && &grammar != Grammar::of_file("A.java")) {
    read_any(grammar, text, statement, imports);
    return;
  }
  std::vector<Import> read;
  read_imports(text, statement, read);
  for (Import& import : read) {
    imports.push_back(
        {with_slashes(std::move(import.module)), import.level, std::move(import.name)});
  }
}

}  // namespace nextline::lsp
