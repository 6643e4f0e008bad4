; What stands at a cursor.
(comment) @within.comment
[(interpreted_string_literal) (raw_string_literal) (rune_literal)] @within.string

[(block) (field_declaration_list)] @block
(interface_type "{" @block.opener)
(interface_type "}" @block.closer)
(expression_switch_statement "{" @block.opener)
(expression_switch_statement "}" @block.closer)
(type_switch_statement "{" @block.opener)
(type_switch_statement "}" @block.closer)
(select_statement "{" @block.opener)
(select_statement "}" @block.closer)
(ERROR "{" @block.opener)
(ERROR ["=" ":=" "(" "," "return"] . (_) . "{" @none)
(ERROR [(slice_type) (array_type) (map_type)] . "{" @none)
(ERROR "}" @block.closer)
";" @statement.end
(for_clause ";" @none)
