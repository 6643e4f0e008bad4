; What JavaScript defines otherwise than TypeScript.
(field_definition
  property: [(property_identifier) (private_property_identifier)] @name) @definition.field
(formal_parameters (identifier) @name @definition.parameter)
(formal_parameters (assignment_pattern left: (identifier) @name) @definition.parameter)
(formal_parameters (rest_pattern (identifier) @name) @definition.parameter)
(formal_parameters (object_pattern
  (shorthand_property_identifier_pattern) @name @definition.parameter))
