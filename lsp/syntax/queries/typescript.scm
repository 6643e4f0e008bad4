; What TypeScript defines beside JavaScript and what tags.scm finds.
(type_alias_declaration name: (type_identifier) @name) @definition.type
(enum_declaration name: (identifier) @name) @definition.type
(enum_body name: (property_identifier) @name @definition.constant)
(enum_assignment name: (property_identifier) @name) @definition.constant
(internal_module name: (identifier) @name) @definition.module

(public_field_definition
  name: [(property_identifier) (private_property_identifier)] @name) @definition.field
(property_signature name: (property_identifier) @name) @definition.field

(required_parameter pattern: (identifier) @name) @definition.parameter
(required_parameter pattern: (rest_pattern (identifier) @name)) @definition.parameter
(required_parameter pattern: (object_pattern
  (shorthand_property_identifier_pattern) @name)) @definition.parameter
(optional_parameter pattern: (identifier) @name) @definition.parameter
(type_parameter name: (type_identifier) @name) @definition.parameter
