; What stands at a cursor.
[(line_comment) (block_comment)] @within.comment
[(string_literal) (character_literal)] @within.string
(string_interpolation) @within.code

[(block) (class_body) (interface_body) (enum_body) (annotation_type_body) (constructor_body)
 (switch_block)] @block
(ERROR "{" @block.opener)
(ERROR ["=" "(" "," "]" "return"] . "{" @none)
(ERROR "}" @block.closer)
";" @statement.end
(for_statement ";" @none)
(for_statement init: (local_variable_declaration ";" @none))
(ERROR "for" . "(" ";" @none)
