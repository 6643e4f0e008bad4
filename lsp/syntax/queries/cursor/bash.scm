; What stands at a cursor. What a string has a command print is code.
(comment) @within.comment
[(string) (raw_string) (ansi_c_string) (heredoc_body)] @within.string
[(command_substitution) (expansion)] @within.code

["then" "do" "else"] @block.opener
(compound_statement) @block
(case_statement "in" @block.opener)
(case_item ")" @block.opener)
(ERROR "{" @block.opener)
(ERROR "case" "in" @block.opener)
["fi" "done" "esac" ";;"] @block.closer
(ERROR "}" @block.closer)
";" @statement.end
(if_statement ";" @none)
(elif_clause ";" @none)
(for_statement ";" @none)
(while_statement ";" @none)
