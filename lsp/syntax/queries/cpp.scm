; What defines a name beside what tags.scm finds. A function is more than its declarator there: its
; type belongs to it.
(function_definition
  declarator: (function_declarator declarator: [(identifier) (field_identifier)] @name)
) @definition.function
(function_definition
  declarator: (function_declarator declarator: (qualified_identifier name: (identifier) @name))
) @definition.method
(function_definition
  declarator: (_
    (function_declarator declarator: [(identifier) (field_identifier)] @name))
) @definition.function

(alias_declaration name: (type_identifier) @name) @definition.type
(concept_definition name: (identifier) @name) @definition.type
(for_range_loop declarator: (identifier) @name) @definition.variable
(for_range_loop declarator: (_ (identifier) @name)) @definition.variable

(optional_parameter_declaration declarator: (identifier) @name) @definition.parameter
(type_parameter_declaration (type_identifier) @name) @definition.parameter

(using_declaration (qualified_identifier name: (identifier) @name)) @definition.import
