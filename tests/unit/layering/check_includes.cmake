# Fails if a folder includes what lies above it, or the engine a library that it must not know.
#   cmake -D SOURCE=<repository> -P check_includes.cmake

function(forbid folder pattern why)
  file(GLOB_RECURSE files ${SOURCE}/${folder}/*.h ${SOURCE}/${folder}/*.cc ${SOURCE}/${folder}/*.cu)
  if(NOT files)
    message(SEND_ERROR "${folder}/ has no sources: the check would check nothing")
  endif()
  foreach(path IN LISTS files)
    file(STRINGS ${path} lines REGEX "#include *[<\"](${pattern})")
    foreach(line IN LISTS lines)
      message(SEND_ERROR "${path}: ${line}: ${why}")
    endforeach()
  endforeach()
endfunction()

forbid(engine "boost/|nlohmann/|lsp/|server/" "the engine knows tokens and bytes only")
forbid(engine/gguf "engine/(tokenizer|model|kv|backend|session)/" "the file format knows no model")
forbid(engine/kv "engine/(session|backend/cpu|backend/reference)/" "the piece table knows no backend")
forbid(engine/backend "engine/session/" "a backend computes batches, not documents")
forbid(lsp "server/" "the language server's rooms know no process")
forbid(lsp/protocol "lsp/documents/" "the protocol knows messages, not buffers")
