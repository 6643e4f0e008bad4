; What defines a name beside what tags.scm finds. A function is more than its declarator there: its
; type belongs to it.
(function_definition
  declarator: (function_declarator declarator: (identifier) @name)) @definition.function
(function_definition
  declarator: (_
    (function_declarator declarator: (identifier) @name))) @definition.function

(union_specifier name: (type_identifier) @name body: (_)) @definition.class
(type_definition
  declarator: (function_declarator declarator: (parenthesized_declarator
    (pointer_declarator declarator: (type_identifier) @name)))) @definition.type
