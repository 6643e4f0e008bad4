; What C++ has beside what it has in common with C.
(raw_string_literal) @within.string
(requirement_seq) @block
