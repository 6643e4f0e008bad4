; What defines a name beside what tags.scm finds.
(function_signature_item name: (identifier) @name) @definition.function
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.constant
(enum_variant name: (identifier) @name) @definition.constant
(associated_type name: (type_identifier) @name) @definition.type

(field_declaration name: (field_identifier) @name) @definition.field
(assignment_expression left: (field_expression field: (field_identifier) @name)) @definition.field

(let_declaration pattern: (identifier) @name) @definition.variable
(let_declaration pattern: (mut_pattern (identifier) @name)) @definition.variable
(let_declaration pattern: (tuple_pattern (identifier) @name)) @definition.variable
(assignment_expression left: (identifier) @name) @definition.variable
(for_expression pattern: (identifier) @name @definition.variable)
(for_expression pattern: (tuple_pattern (identifier) @name @definition.variable))

(parameter pattern: (identifier) @name) @definition.parameter
(parameter pattern: (mut_pattern (identifier) @name)) @definition.parameter
(closure_parameters (identifier) @name @definition.parameter)
(type_parameter name: (type_identifier) @name) @definition.parameter

(use_declaration argument: (identifier) @name) @definition.import
(use_declaration argument: (scoped_identifier name: (identifier) @name)) @definition.import
(use_list (identifier) @name @definition.import)
(use_list (scoped_identifier name: (identifier) @name) @definition.import)
(use_as_clause alias: (identifier) @name) @definition.import
