; What defines a name beside what tags.scm finds.
(chunk (variable_declaration
  (assignment_statement (variable_list name: (identifier) @name))) @definition.constant)
(assignment_statement
  (variable_list name: (dot_index_expression field: (identifier) @name))) @definition.field
(field name: (identifier) @name) @definition.field

(variable_declaration (variable_list name: (identifier) @name)) @definition.variable
(assignment_statement (variable_list name: (identifier) @name)) @definition.variable
(for_generic_clause (variable_list name: (identifier) @name)) @definition.variable
(for_numeric_clause name: (identifier) @name) @definition.variable

(parameters name: (identifier) @name @definition.parameter)
