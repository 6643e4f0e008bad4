#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/tokenizer/utf8.h"
#include "server/replay/awaited_line.h"
#include "server/replay/edit_case.h"
#include "server/replay/quality.h"
#include "server/replay/repobench_file.h"
#include "server/replay/repobench_prompt.h"

namespace {

using namespace nextline::replay;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_text(std::string_view text) {
  require(nextline::well_formed_utf8_prefix(text) == text.size());
  require(text.find('\0') == std::string_view::npos);
}

/// What the parser promises of a row.
void check(const RepoBenchRow& row) {
  for (const std::string* const text :
       {&row.repo_name, &row.file_path, &row.import_statement, &row.cropped_code, &row.all_code,
        &row.next_line, &row.level}) {
    check_text(*text);
  }
  for (const RepoBenchRow::Snippet& snippet : row.context) {
    for (const std::string* const text : {&snippet.identifier, &snippet.path, &snippet.text}) {
      check_text(*text);
    }
  }
  require(row.gold_snippet_index >= -1 &&
          row.gold_snippet_index < static_cast<int>(row.context.size()));
  require(language_of_file(row.file_path).has_value());
}

/// The line lies within the file, is no other than the one that is awaited, and ends where a line
/// does but for blanks.
void check_awaited_line(const RepoBenchRow& row) {
  const auto line = find_awaited_line(row);
  if (!line) return;
  require(line->offset <= row.all_code.size());
  require(line->length <= row.all_code.size() - line->offset);
  require(exact_match(row.all_code.substr(line->offset, line->length), row.next_line));
  require(line->offset == 0 || row.all_code[line->offset - 1] == '\n');
}

}  // namespace

// The input is a line. A row that can be read can be written, and is the same when read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto row = parse_row({reinterpret_cast<const char*>(data), size});
  if (!row) {
    require(!row.error().message.empty());
    return 0;
  }
  check(*row);
  const auto again = parse_row(to_line(*row));
  require(again && *again == *row);
  check_awaited_line(*row);
  const Language language = *language_of_file(row->file_path);
  require(repobench_prompt(*row, language).ends_with('\n'));
  (void)first_code_line(row->all_code, language);
  return 0;
}
