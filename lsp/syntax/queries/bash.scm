; What defines a name and refers to it. A script's variables are its constants, too.
(function_definition name: (word) @name) @definition.function
(program (variable_assignment name: (variable_name) @name) @definition.constant)
(variable_assignment name: (variable_name) @name) @definition.variable
(declaration_command (variable_name) @name) @definition.variable
(for_statement variable: (variable_name) @name @definition.variable)
(command name: (command_name (word) @name)) @reference.call
