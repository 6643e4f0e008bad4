; What stands at a cursor, in JavaScript and in TypeScript. An object that is written where a
; statement is awaited is a block that is not closed yet.
(comment) @within.comment
[(string) (template_string) (regex)] @within.string
(template_substitution) @within.code

[(statement_block) (class_body) (switch_body)] @block
(if_statement consequence: (expression_statement (object "{" @block.opener)))
(else_clause (expression_statement (object "{" @block.opener)))
(for_statement body: (expression_statement (object "{" @block.opener)))
(for_in_statement body: (expression_statement (object "{" @block.opener)))
(while_statement body: (expression_statement (object "{" @block.opener)))
(ERROR "{" @block.opener)
(ERROR ["=" "(" "," "[" ":" "?" "return"] . "{" @none)
(ERROR "}" @block.closer)
";" @statement.end
(for_statement ";" @none)
(for_statement initializer: (lexical_declaration ";" @none))
(ERROR "for" . "(" ";" @none)
