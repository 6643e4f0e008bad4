; What stands at a cursor.
[(line_comment) (block_comment)] @within.comment
[(string_literal) (raw_string_literal) (char_literal)] @within.string

[(block) (declaration_list) (field_declaration_list) (enum_variant_list) (match_block)] @block
(ERROR "{" @block.opener)
(ERROR ["=" "(" "," "return"] . (_) . "{" @none)
(ERROR "}" @block.closer)
";" @statement.end
(array_type ";" @none)
(array_expression ";" @none)
