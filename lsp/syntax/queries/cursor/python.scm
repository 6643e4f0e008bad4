; What stands at a cursor. Of a string, what is in braces is code; of a dictionary, a colon opens no
; block.
(comment) @within.comment
(string) @within.string
(interpolation) @within.code

(function_definition ":" @block.opener)
(class_definition ":" @block.opener)
(if_statement ":" @block.opener)
(elif_clause ":" @block.opener)
(else_clause ":" @block.opener)
(for_statement ":" @block.opener)
(while_statement ":" @block.opener)
(try_statement ":" @block.opener)
(except_clause ":" @block.opener)
(finally_clause ":" @block.opener)
(with_statement ":" @block.opener)
(match_statement ":" @block.opener)
(case_clause ":" @block.opener)
(ERROR ["def" "class" "if" "elif" "else" "for" "while" "try" "except" "finally" "with"]
  ":" @block.opener)
(ERROR ["{" "["] ":" @none)
(ERROR "lambda" ":" @none)
";" @statement.end
