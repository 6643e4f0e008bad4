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
(enumerator name: (identifier) @name) @definition.constant
(preproc_def name: (identifier) @name) @definition.constant
(preproc_function_def name: (identifier) @name) @definition.function

(field_declaration declarator: (field_identifier) @name) @definition.field
(field_declaration declarator: (_ (field_identifier) @name)) @definition.field
(assignment_expression left: (field_expression field: (field_identifier) @name)) @definition.field

(declaration declarator: (identifier) @name) @definition.variable
(declaration declarator: (_ (identifier) @name)) @definition.variable
(declaration declarator: (init_declarator declarator: (identifier) @name)) @definition.variable
(declaration declarator: (init_declarator declarator: (_ (identifier) @name))) @definition.variable
(assignment_expression left: (identifier) @name) @definition.variable
(for_range_loop declarator: (identifier) @name) @definition.variable
(for_range_loop declarator: (_ (identifier) @name)) @definition.variable

(parameter_declaration declarator: (identifier) @name) @definition.parameter
(parameter_declaration declarator: (_ (identifier) @name)) @definition.parameter
(optional_parameter_declaration declarator: (identifier) @name) @definition.parameter
(type_parameter_declaration (type_identifier) @name) @definition.parameter

(using_declaration (qualified_identifier name: (identifier) @name)) @definition.import
