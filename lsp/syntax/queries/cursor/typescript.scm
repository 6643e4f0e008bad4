; What stands at a cursor in TypeScript, beside JavaScript. A type's text is a string, and what it
; is put together of is code.
(template_literal_type) @within.string
(template_type) @within.code
[(interface_body) (enum_body)] @block
