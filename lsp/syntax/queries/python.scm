; What defines a name beside what tags.scm finds.
(assignment left: (identifier) @name) @definition.variable
(assignment left: (pattern_list (identifier) @name)) @definition.variable
(assignment left: (tuple_pattern (identifier) @name)) @definition.variable
(assignment left: (attribute attribute: (identifier) @name)) @definition.field
(named_expression name: (identifier) @name) @definition.variable
(for_statement left: (identifier) @name) @definition.variable
(for_statement left: (pattern_list (identifier) @name)) @definition.variable
(as_pattern alias: (as_pattern_target (identifier) @name)) @definition.variable

(parameters (identifier) @name @definition.parameter)
(parameters (default_parameter name: (identifier) @name) @definition.parameter)
(parameters (typed_parameter . (identifier) @name) @definition.parameter)
(parameters (typed_default_parameter name: (identifier) @name) @definition.parameter)
(parameters (list_splat_pattern (identifier) @name) @definition.parameter)
(parameters (dictionary_splat_pattern (identifier) @name) @definition.parameter)

(import_statement name: (dotted_name (identifier) @name) @definition.import)
(import_from_statement name: (dotted_name (identifier) @name) @definition.import)
(aliased_import alias: (identifier) @name) @definition.import
