; What defines a name and refers to it, in JavaScript and in TypeScript.
(function_declaration name: (identifier) @name) @definition.function
(function_expression name: (identifier) @name) @definition.function
(generator_function name: (identifier) @name) @definition.function
(generator_function_declaration name: (identifier) @name) @definition.function
(variable_declarator
  name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)]) @definition.function
(pair
  key: (property_identifier) @name
  value: [(arrow_function) (function_expression)]) @definition.function
(assignment_expression
  left: (member_expression property: (property_identifier) @name)
  right: [(arrow_function) (function_expression)]) @definition.function
(method_definition
  name: [(property_identifier) (private_property_identifier)] @name) @definition.method
(class_declaration name: (_) @name) @definition.class
(class name: (_) @name) @definition.class

(program (lexical_declaration
  (variable_declarator name: (identifier) @name) @definition.constant))
(program (export_statement declaration: (lexical_declaration
  (variable_declarator name: (identifier) @name) @definition.constant)))
(pair key: (property_identifier) @name) @definition.field
(assignment_expression
  left: (member_expression
    property: [(property_identifier) (private_property_identifier)] @name)) @definition.field

(variable_declarator name: (identifier) @name) @definition.variable
(variable_declarator name: (object_pattern
  (shorthand_property_identifier_pattern) @name)) @definition.variable
(variable_declarator name: (object_pattern
  (pair_pattern value: (identifier) @name))) @definition.variable
(variable_declarator name: (array_pattern (identifier) @name)) @definition.variable
(assignment_expression left: (identifier) @name) @definition.variable
(for_in_statement left: (identifier) @name) @definition.variable

(arrow_function parameter: (identifier) @name @definition.parameter)
(catch_clause parameter: (identifier) @name @definition.parameter)

(import_clause (identifier) @name @definition.import)
(namespace_import (identifier) @name) @definition.import
(import_specifier name: (identifier) @name !alias) @definition.import
(import_specifier alias: (identifier) @name) @definition.import

(call_expression function: (identifier) @name) @reference.call
(call_expression
  function: (member_expression property: (property_identifier) @name)) @reference.call
(new_expression constructor: (identifier) @name) @reference.class
