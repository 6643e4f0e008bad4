#include "lsp/syntax/symbols.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "lsp/syntax/grammar.h"
#include "lsp/syntax/imports.h"
#include "lsp/syntax/lines.h"
#include "lsp/syntax/syntax_tree.h"

namespace nextline::lsp {
namespace {

/// Tags of one text; a longer list is that of generated code.
constexpr std::size_t kMostTags = std::size_t{1} << 20;

enum class NodeKind : std::uint8_t { kOther, kScope, kClassScope, kString, kMemberAccess };

struct NamedKind {
  std::string_view node;
  NodeKind kind;
};

constexpr std::array kPythonNodes = {
    NamedKind{"module", NodeKind::kScope},
    NamedKind{"function_definition", NodeKind::kScope},
    NamedKind{"lambda", NodeKind::kScope},
    NamedKind{"list_comprehension", NodeKind::kScope},
    NamedKind{"set_comprehension", NodeKind::kScope},
    NamedKind{"dictionary_comprehension", NodeKind::kScope},
    NamedKind{"generator_expression", NodeKind::kScope},
    NamedKind{"class_definition", NodeKind::kClassScope},
    NamedKind{"string", NodeKind::kString},
    NamedKind{"attribute", NodeKind::kMemberAccess},
};

constexpr std::array kJavaNodes = {
    NamedKind{"program", NodeKind::kScope},
    NamedKind{"method_declaration", NodeKind::kScope},
    NamedKind{"constructor_declaration", NodeKind::kScope},
    NamedKind{"compact_constructor_declaration", NodeKind::kScope},
    NamedKind{"record_declaration", NodeKind::kScope},
    NamedKind{"block", NodeKind::kScope},
    NamedKind{"constructor_body", NodeKind::kScope},
    NamedKind{"switch_block", NodeKind::kScope},
    NamedKind{"for_statement", NodeKind::kScope},
    NamedKind{"enhanced_for_statement", NodeKind::kScope},
    NamedKind{"lambda_expression", NodeKind::kScope},
    NamedKind{"catch_clause", NodeKind::kScope},
    NamedKind{"try_with_resources_statement", NodeKind::kScope},
    NamedKind{"class_body", NodeKind::kClassScope},
    NamedKind{"interface_body", NodeKind::kClassScope},
    NamedKind{"enum_body", NodeKind::kClassScope},
    NamedKind{"annotation_type_body", NodeKind::kClassScope},
    NamedKind{"string_literal", NodeKind::kString},
    NamedKind{"field_access", NodeKind::kMemberAccess},
    NamedKind{"method_invocation", NodeKind::kMemberAccess},
    NamedKind{"method_reference", NodeKind::kMemberAccess},
    NamedKind{"scoped_identifier", NodeKind::kMemberAccess},
    NamedKind{"scoped_type_identifier", NodeKind::kMemberAccess},
};

/// What is looked for in a tree, by the language's symbol.
class NodeKinds {
 public:
  template <typename Names>
  NodeKinds(const TSLanguage* language, const Names& names)
      : kinds_(ts_language_symbol_count(language), NodeKind::kOther) {
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      const auto symbol = static_cast<TSSymbol>(i);
      if (ts_language_symbol_type(language, symbol) != TSSymbolTypeRegular) continue;
      const std::string_view name = ts_language_symbol_name(language, symbol);
      const auto known = std::ranges::find(names, name, &NamedKind::node);
      if (known != names.end()) kinds_[i] = known->kind;
    }
  }

  NodeKind of(TSNode node) const {
    const TSSymbol symbol = ts_node_symbol(node);  // An error's lies outside the language's.
    return symbol < kinds_.size() ? kinds_[symbol] : NodeKind::kOther;
  }

 private:
  std::vector<NodeKind> kinds_;
};

enum class Language : std::uint8_t { kPython, kJava };

const NodeKinds& node_kinds(Language language) {
  static const NodeKinds python(Grammar::of_file("a.py")->language(), kPythonNodes);
  static const NodeKinds java(Grammar::of_file("a.java")->language(), kJavaNodes);
  return language == Language::kPython ? python : java;
}

ByteSpan span_of(TSNode node) {
  if (ts_node_is_null(node)) return {};
  return {ts_node_start_byte(node), ts_node_end_byte(node)};
}
std::string_view type_of(TSNode node) { return ts_node_type(node); }

/// The first field of the node with one of these names; a null node if it has none.
TSNode first_field(TSNode node, std::initializer_list<std::string_view> names) {
  TSNode found{};
  for (const std::string_view name : names) {
    if (!ts_node_is_null(found)) break;
    found = ts_node_child_by_field_name(node, name.data(), static_cast<std::uint32_t>(name.size()));
  }
  return found;
}

SymbolKind symbol_kind(std::string_view tag) {
  if (tag == "function" || tag == "method") return SymbolKind::kFunction;
  if (tag == "class" || tag == "interface" || tag == "type") return SymbolKind::kClass;
  if (tag == "field") return SymbolKind::kField;
  if (tag == "parameter") return SymbolKind::kParameter;
  return SymbolKind::kVariable;
}

bool is_self(std::string_view name) { return name == "self" || name == "cls" || name == "this"; }

}  // namespace

/// Goes through a tree once, from the front, and notes each name where it stands.
class SymbolReader {
 public:
  SymbolReader(Language language, const SyntaxTree& tree, std::string_view text)
      : language_(language), kinds_(node_kinds(language)), tree_(tree), symbols_(text) {
    symbols_.sees_members_plainly_ = language == Language::kJava;
    symbols_.has_errors_ = ts_node_has_error(tree.root());
    symbols_.outermost_scope_ = span_of(tree.root());
    for (const Tag& tag : tree.tags(tree.root(), 0, text.size(), kMostTags)) {
      if (defines(tag)) defining_.emplace(tag.name_first, tag);
    }
  }

  Symbols read() {
    TreeCursor cursor(tree_.root());
    for (bool goes_on = true; goes_on;) {
      if (visit(cursor)) {
        ancestors_.push_back(cursor.node());
        if (cursor.to_first_child()) continue;
        ancestors_.pop_back();
      }
      for (leave(cursor.node()); !cursor.to_next_sibling(); leave(cursor.node())) {
        goes_on = cursor.to_parent();
        if (!goes_on) break;
        ancestors_.pop_back();
      }
    }
    for (std::size_t i = 0; i < symbols_.definitions_.size(); ++i) {
      symbols_.by_name_[symbols_.definitions_[i].name.of(symbols_.text_)].push_back(i);
    }
    return std::move(symbols_);
  }

 private:
  struct Scope {
    ByteSpan span;
    bool is_class;
  };

  /// Whether a tag says where a name gets its meaning. Imports are read apart, and a value that is
  /// assigned to a name that is declared elsewhere defines none.
  bool defines(const Tag& tag) const {
    if (!tag.is_definition || tag.kind == "import") return false;
    if (language_ == Language::kJava) return type_of(tag.node) != "assignment_expression";
    if (tag.kind != "field") return true;
    const TSNode object = first_field(first_field(tag.node, {"left"}), {"object"});
    return !ts_node_is_null(object) && is_self(span_of(object).of(symbols_.text_));
  }

  /// Whether to go on inside the node.
  bool visit(const TreeCursor& cursor) {
    const TSNode node = cursor.node();
    if (tree_.grammar().is_comment(node)) {
      symbols_.prose_.push_back(span_of(node));
      return false;
    }
    if (tree_.grammar().is_identifier(node) && ts_node_child_count(node) == 0) {
      add_name(cursor);
      return false;
    }
    if (is_import(node)) {
      add_imports(node);
      return false;
    }
    if (type_of(node) == "package_declaration") {
      for (std::uint32_t i = 0; i < ts_node_named_child_count(node); ++i) {
        const TSNode child = ts_node_named_child(node, i);
        if (tree_.grammar().is_comment(child)) continue;
        symbols_.package_ = span_of(child).of(symbols_.text_);
      }
      return false;
    }
    const NodeKind kind = kinds_.of(node);
    if (kind == NodeKind::kScope || kind == NodeKind::kClassScope || scopes_.empty()) {
      scopes_.push_back({span_of(node), kind == NodeKind::kClassScope});
    }
    if (kind == NodeKind::kString) add_string(node);
    return true;
  }

  void leave(TSNode node) {
    const NodeKind kind = kinds_.of(node);
    const bool is_scope = kind == NodeKind::kScope || kind == NodeKind::kClassScope;
    if (is_scope && scopes_.size() > 1 && scopes_.back().span == span_of(node)) scopes_.pop_back();
  }

  /// The kind of the node around the one that is visited, or of one farther out.
  std::string_view type_around(std::size_t farther = 0) const {
    return ancestors_.size() > farther ? type_of(ancestors_[ancestors_.size() - 1 - farther])
                                       : std::string_view();
  }

  void add_string(TSNode node) {
    const ByteSpan span = span_of(node);
    const bool is_documentation =
        type_around() == "expression_statement" && span_of(ancestors_.back()) == span;
    if (is_documentation) symbols_.prose_.push_back(span);
    if (span.of(symbols_.text_).find('\n') != std::string_view::npos) {
      symbols_.long_strings_.push_back(span);
    }
  }

  void add_imports(TSNode statement) {
    const std::size_t first = symbols_.imports_.size();
    read_imports(symbols_.text_, statement, symbols_.imports_);
    for (std::size_t i = first; i < symbols_.imports_.size(); ++i) {
      const Import& import = symbols_.imports_[i];
      if (import.local.is_empty()) continue;
      Definition definition{SymbolKind::kImport, import.local, import.whole, scopes_.back().span};
      definition.value = import.origin;
      definition.import = i;
      symbols_.definitions_.push_back(definition);
    }
  }

  void add_name(const TreeCursor& cursor) {
    const TSNode node = cursor.node();
    const auto tag = defining_.find(ts_node_start_byte(node));
    if (tag != defining_.end()) {
      add_definition(node, tag->second);
    } else if (binds_variable(cursor.field())) {
      Definition definition{SymbolKind::kVariable, span_of(node), span_of(node)};
      definition.scope = scopes_.back().span;
      symbols_.definitions_.push_back(definition);
    } else {
      add_reference(node, cursor.field());
    }
  }

  /// Whether the name is a variable of a comprehension or a lambda, which no tag tells.
  bool binds_variable(std::string_view field) const {
    if (language_ == Language::kJava) return false;
    if (type_around() == "lambda_parameters") return true;
    const bool is_one_of_several = type_around() == "pattern_list";
    return is_one_of_several ? type_around(1) == "for_in_clause"
                             : type_around() == "for_in_clause" && field == "left";
  }

  void add_definition(TSNode name, const Tag& tag) {
    Definition definition{symbol_kind(tag.kind), span_of(name), span_of(tag.node)};
    const Scope& scope = scope_around(tag);
    definition.scope = scope.span;
    definition.is_member = scope.is_class;
    if (definition.kind == SymbolKind::kField && !scope.is_class) add_to_class(definition);
    const TSNode holder = ancestors_.back();  // A declaration may declare several variables.
    const std::string_view type = type_of(tag.node);
    if (type == "for_statement" || type == "enhanced_for_statement") {
      definition.whole = definition.name;
    } else {
      definition.parameters = span_of(first_field(tag.node, {"parameters", "superclasses"}));
      definition.type = span_of(first_field(tag.node, {"type", "return_type"}));
      TSNode value = first_field(holder, {"right", "value"});
      if (ts_node_is_null(value)) value = first_field(tag.node, {"right", "value"});
      definition.value = span_of(value);
      if (const auto decorated = decorated_around(tag.node)) definition.whole = *decorated;
    }
    symbols_.definitions_.push_back(definition);
  }

  /// A definition together with its decorators, if it has any.
  std::optional<ByteSpan> decorated_around(TSNode definition) const {
    for (std::size_t i = ancestors_.size(); i-- > 1;) {
      if (!ts_node_eq(ancestors_[i], definition)) continue;
      if (type_of(ancestors_[i - 1]) != "decorated_definition") break;
      return span_of(ancestors_[i - 1]);
    }
    return std::nullopt;
  }

  /// The scope that a definition's name belongs to: a function's is not its own.
  const Scope& scope_around(const Tag& tag) const {
    const bool is_own = !scopes_.empty() && scopes_.size() > 1 && tag.kind != "parameter" &&
                        scopes_.back().span == span_of(tag.node);
    return scopes_[scopes_.size() - (is_own ? 2 : 1)];
  }

  /// `self.name = …` within a method defines what the class has.
  void add_to_class(Definition& definition) const {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if (!scope->is_class) continue;
      definition.scope = scope->span;
      definition.is_member = true;
      return;
    }
  }

  void add_reference(TSNode node, std::string_view field) {
    using Access = Reference::Access;
    Reference reference{Access::kPlain, span_of(node), scopes_.back().span, {}};
    if (type_around() == "keyword_argument" && field == "name") {
      reference.access = Access::kKeyword;
    } else if (kinds_.of(ancestors_.back()) == NodeKind::kMemberAccess) {
      read_receiver(reference);
    }
    symbols_.references_.push_back(reference);
  }

  /// What stands in front of the dot, if there is one.
  void read_receiver(Reference& reference) const {
    const std::string_view text = symbols_.text_;
    const auto before_blanks = [&](std::size_t end) {
      while (end > 0 && is_blank(text[end - 1])) --end;
      return end;
    };
    std::size_t end = before_blanks(reference.name.first);
    if (end > 0 && text[end - 1] == '.') {
      --end;
    } else if (end > 1 && text.substr(end - 2, 2) == "::") {
      end -= 2;
    } else {
      return;
    }
    end = before_blanks(end);
    std::size_t first = end;
    while (first > 0 && is_name_byte(text[first - 1])) --first;
    reference.access = is_self(text.substr(first, end - first)) ? Reference::Access::kOfSelf
                                                                : Reference::Access::kMember;
    const auto& references = symbols_.references_;
    if (!references.empty() && references.back().name.last == end) {
      reference.receiver = references.size() - 1;
    }
  }

  Language language_;
  const NodeKinds& kinds_;
  const SyntaxTree& tree_;
  Symbols symbols_;
  std::unordered_map<std::size_t, Tag> defining_;  // By the name's offset.
  std::vector<Scope> scopes_;
  std::vector<TSNode> ancestors_;  // Of the node that is visited, the root first.
};

std::optional<Symbols> Symbols::of(std::string_view path, std::string_view text) {
  const Grammar* const grammar = Grammar::of_file(path);
  const bool is_python = grammar == Grammar::of_file("a.py");
  if (grammar == nullptr || (!is_python && grammar != Grammar::of_file("a.java"))) {
    return std::nullopt;
  }
  const SyntaxTree tree(*grammar, text);
  if (!tree.has_tree()) return std::nullopt;
  return SymbolReader(is_python ? Language::kPython : Language::kJava, tree, text).read();
}

const std::vector<std::size_t>& Symbols::definitions_named(std::string_view name) const {
  static const std::vector<std::size_t> none;
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? none : found->second;
}

bool Symbols::can_mean(const Reference& reference, const Definition& definition) const {
  switch (reference.access) {
    case Reference::Access::kPlain:
      if (!definition.is_member) return definition.scope.has(reference.name);
      if (definition.kind == SymbolKind::kField && !sees_members_plainly_) return false;
      return sees_members_plainly_ ? definition.scope.has(reference.name)
                                   : definition.scope == reference.scope;
    case Reference::Access::kOfSelf:
      return definition.is_member && definition.scope.has(reference.name);
    case Reference::Access::kMember:
      return definition.is_member;
    case Reference::Access::kKeyword:
      break;
  }
  return false;
}

std::vector<std::size_t> Symbols::definitions_of(const Reference& reference) const {
  std::vector<std::size_t> found;
  ByteSpan scope;
  for (const std::size_t i : definitions_named(reference.name.of(text_))) {
    const Definition& definition = definitions_[i];
    if (!can_mean(reference, definition)) continue;
    if (!found.empty() && definition.scope != scope) {
      if (reference.access == Reference::Access::kMember) return {};
      if (definition.scope.size() > scope.size()) continue;
      found.clear();
    }
    scope = definition.scope;
    found.push_back(i);
  }
  if (reference.access == Reference::Access::kMember && begins_with_import(reference)) return {};
  return found;
}

bool Symbols::begins_with_import(const Reference& member) const {
  const Reference* first = &member;
  while (first->receiver) first = &references_[*first->receiver];
  if (first->access != Reference::Access::kPlain) return false;
  const std::vector<std::size_t> meanings = definitions_of(*first);
  return std::ranges::any_of(
      meanings, [&](std::size_t i) { return definitions_[i].kind == SymbolKind::kImport; });
}

}  // namespace nextline::lsp
