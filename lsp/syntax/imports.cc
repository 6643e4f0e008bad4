#include "lsp/syntax/imports.h"

#include <string>
#include <utility>

namespace nextline::lsp {
namespace {

ByteSpan span_of(TSNode node) { return {ts_node_start_byte(node), ts_node_end_byte(node)}; }
std::string_view type_of(TSNode node) { return ts_node_type(node); }

TSNode field_of(TSNode node, std::string_view name) {
  return ts_node_child_by_field_name(node, name.data(), static_cast<std::uint32_t>(name.size()));
}

/// A dotted name as it is meant: blanks and comments may stand between its parts.
void add_dotted(std::string_view text, TSNode node, std::string& dotted) {
  if (ts_node_child_count(node) == 0) {
    if (!ts_node_is_named(node) || ts_node_is_extra(node)) return;
    if (!dotted.empty()) dotted += '.';
    dotted += span_of(node).of(text);
    return;
  }
  for (std::uint32_t i = 0; i < ts_node_child_count(node); ++i) {
    add_dotted(text, ts_node_child(node, i), dotted);
  }
}

std::string dotted(std::string_view text, TSNode node) {
  std::string name;
  if (!ts_node_is_null(node)) add_dotted(text, node, name);
  return name;
}

TSNode first_leaf(TSNode node) {
  while (ts_node_child_count(node) > 0) node = ts_node_child(node, 0);
  return node;
}

/// `name` or `name as alias`: what is imported, and the name that it has here.
struct Named {
  TSNode name;
  ByteSpan local;
  bool has_alias;
};

Named read_named(TSNode node) {
  const TSNode alias = field_of(node, "alias");
  if (ts_node_is_null(alias)) return {node, span_of(first_leaf(node)), false};
  return {field_of(node, "name"), span_of(alias), true};
}

void read_python(std::string_view text, TSNode statement, std::vector<Import>& imports) {
  Import common;
  common.whole = span_of(statement);
  const bool is_from = type_of(statement) != "import_statement";
  if (type_of(statement) == "future_import_statement") common.module = "__future__";
  const TSNode module = field_of(statement, "module_name");
  if (!ts_node_is_null(module)) common.origin = span_of(module);
  if (!ts_node_is_null(module) && type_of(module) == "relative_import") {
    for (std::uint32_t i = 0; i < ts_node_child_count(module); ++i) {
      const TSNode part = ts_node_child(module, i);
      if (type_of(part) == "import_prefix") {
        for (const char c : span_of(part).of(text)) common.level += c == '.' ? 1 : 0;
      } else {
        common.module = dotted(text, part);
      }
    }
  } else if (!ts_node_is_null(module)) {
    common.module = dotted(text, module);
  }

  TreeCursor cursor(statement);
  if (!cursor.to_first_child()) return;
  do {
    Import import = common;
    if (type_of(cursor.node()) == "wildcard_import") {
      import.is_wildcard = true;
      imports.push_back(std::move(import));
    } else if (cursor.field() == "name") {
      const Named named = read_named(cursor.node());
      import.local = named.local;
      import.has_alias = named.has_alias;
      if (!is_from && named.has_alias) import.origin = span_of(named.name);
      (is_from ? import.name : import.module) = dotted(text, named.name);
      imports.push_back(std::move(import));
    }
  } while (cursor.to_next_sibling());
}

void read_java(std::string_view text, TSNode statement, std::vector<Import>& imports) {
  Import import;
  import.whole = span_of(statement);
  TSNode name{};
  for (std::uint32_t i = 0; i < ts_node_child_count(statement); ++i) {
    const TSNode child = ts_node_child(statement, i);
    const std::string_view type = type_of(child);
    if (type == "static") import.is_static = true;
    if (type == "asterisk") import.is_wildcard = true;
    if (type == "scoped_identifier" || type == "identifier") name = child;
  }
  if (ts_node_is_null(name)) return;
  const TSNode last = field_of(name, "name");
  if (import.is_wildcard || ts_node_is_null(last)) {
    import.module = dotted(text, name);
  } else {
    import.origin = span_of(field_of(name, "scope"));
    import.module = dotted(text, field_of(name, "scope"));
    import.name = dotted(text, last);
    import.local = span_of(last);
  }
  imports.push_back(std::move(import));
}

}  // namespace

bool is_import(TSNode node) {
  const std::string_view type = type_of(node);
  return type == "import_statement" || type == "import_from_statement" ||
         type == "future_import_statement" || type == "import_declaration";
}

void read_imports(std::string_view text, TSNode statement, std::vector<Import>& imports) {
  if (type_of(statement) == "import_declaration") {
    read_java(text, statement, imports);
  } else {
    read_python(text, statement, imports);
  }
}

}  // namespace nextline::lsp
