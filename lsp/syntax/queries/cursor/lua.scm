; What stands at a cursor. A function's parameters open its block.
(comment) @within.comment
(string) @within.string

["then" "do" "else" "repeat"] @block.opener
(function_declaration parameters: (parameters) @block.opener)
(function_definition parameters: (parameters) @block.opener)
(ERROR "function" (parameters) @block.opener)
"end" @block.closer
";" @statement.end
