; What defines a name beside what tags.scm finds.
(constructor_declaration name: (identifier) @name) @definition.method
(enum_declaration name: (identifier) @name) @definition.type
(record_declaration name: (identifier) @name) @definition.class
(annotation_type_declaration name: (identifier) @name) @definition.interface
(enum_constant name: (identifier) @name) @definition.constant
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.field
(assignment_expression
  left: (field_access field: (identifier) @name)) @definition.field

(local_variable_declaration
  declarator: (variable_declarator name: (identifier) @name)) @definition.variable
(assignment_expression left: (identifier) @name) @definition.variable
(enhanced_for_statement name: (identifier) @name) @definition.variable
(resource name: (identifier) @name) @definition.variable

(formal_parameter name: (identifier) @name) @definition.parameter
(spread_parameter (variable_declarator name: (identifier) @name)) @definition.parameter
(catch_formal_parameter name: (identifier) @name) @definition.parameter
(inferred_parameters (identifier) @name @definition.parameter)

(import_declaration (scoped_identifier name: (identifier) @name)) @definition.import
