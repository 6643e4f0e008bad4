; What C and C++ have in common.
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

(parameter_declaration declarator: (identifier) @name) @definition.parameter
(parameter_declaration declarator: (_ (identifier) @name)) @definition.parameter
