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
forbid(engine/disk "engine/(gguf|tokenizer|model|kv|speculate|backend|session)/" "files do not know what is in them")
forbid(engine/gguf "engine/(tokenizer|model|kv|backend|session)/" "the file format knows no model")
forbid(engine/kv "engine/(session|backend/cpu|backend/reference)/" "the piece table knows no backend")
forbid(engine/speculate "engine/(gguf|model|backend|session)/|engine/kv/(kv_|slot_|snapshot|stamp)"
  "drafts are made of tokens alone")
forbid(engine/backend "engine/session/" "a backend computes batches, not documents")
forbid(lsp "server/" "the language server's rooms know no process")
forbid(lsp/protocol "lsp/(documents|completion)/" "the protocol knows messages, not buffers")
forbid(lsp/documents "lsp/completion/" "documents do not know who completes them")
forbid(lsp/completion "lsp/(protocol/|language_server)" "the completion service knows no protocol")
forbid(lsp/settings "lsp/(protocol|documents|language_server|client_|work_done)"
  "settings are values, wherever they come from")
forbid(lsp "boost/(asio|beast)" "messages are carried by the server")
forbid(lsp/history "lsp/(protocol|documents|completion|context|syntax|language_server|work_done)"
  "an index knows repositories and tokens, not editors")
forbid(lsp/statistics "lsp/(protocol|documents|completion|context|syntax|history|feedback|language_server|work_done)"
  "statistics are numbers, whatever they count")
forbid(lsp/statistics "engine/(gguf|tokenizer|model|kv|speculate|backend|session)/" "they know files, not tokens")
forbid(lsp/feedback "lsp/(context|syntax|history|workspace|language_server|work_done)"
  "what becomes of a suggestion is told by its text and its editor")
forbid(lsp/workspace "lsp/(protocol|documents|completion|context|syntax|history|language_server|work_done)"
  "the workspace does not know who reads it")
forbid(lsp/context "lsp/(protocol|documents|completion|history|language_server|work_done)"
  "the context of a document knows files and what they define, not editors")
forbid(lsp/context "engine/(gguf|tokenizer|model|kv|speculate|backend)/" "it knows bytes, not tokens")
foreach(folder engine lsp/protocol lsp/documents lsp/completion lsp/context lsp/syntax lsp/history)
  forbid(${folder} "git2|lsp/workspace/git_handle" "repositories are read in the workspace")
endforeach()
forbid(server/configuration "engine/(gguf|model|kv|speculate|backend|session)/|lsp/(protocol|documents|completion/completer|language_server|client_)"
  "a configuration file knows options and settings, not what they do")
forbid(server/metrics "engine/(gguf|tokenizer|kv|backend)/|lsp/(protocol|documents|language_server|client_)"
  "metrics are numbers, whoever collects them")
forbid(lsp/syntax "boost/|lsp/(protocol|documents|completion|context|language_server)"
  "syntax knows texts, not editors")
forbid(lsp/syntax "engine/(gguf|tokenizer|model|kv|backend)/" "syntax knows bytes, not tokens")
foreach(folder engine lsp/protocol lsp/documents lsp/completion lsp/context server)
  forbid(${folder} "tree_sitter/|lsp/syntax/(tree_sitter|syntax_tree|grammar|imports|open_brackets)"
    "of syntax, only spans and symbols are handed over, and how a completion fits in")
endforeach()
forbid(server/transport "lsp/(completion|context|documents|feedback|history|language_server|settings|statistics|syntax|workspace)|server/(serving|sharing)/"
  "a channel carries messages, whoever speaks")
forbid(server/remote "boost/(asio|beast)|lsp/(protocol|documents|language_server|client_|settings|syntax|workspace)|lsp/completion/(completer|completion_service|model_|remote_)|server/(serving|transport|sharing|models)/"
  "a remote engine is asked for texts, whoever wants them")
forbid(server/sharing "lsp/(completion|language_server)|server/serving/" "a relay carries bytes")
