; What stands at a cursor, in C and C++.
(comment) @within.comment
[(string_literal) (char_literal) (system_lib_string)] @within.string

[(compound_statement) (field_declaration_list) (enumerator_list) (declaration_list)] @block
(ERROR "{" @block.opener)
(ERROR ["=" "(" "," "[" "return"] . "{" @none)
(ERROR "}" @block.closer)
";" @statement.end
(for_statement ";" @none)
(for_statement initializer: (declaration ";" @none))
(ERROR "for" . "(" ";" @none)
