--- What a user can set. The table of options is the one place where they are: defaults, checks, and
--- what the help says of them (`scripts/help.lua`) come from it.

local M = {}

--- What the server can be told, at any time; docs/language-server.md says more of each.
--- @class nextline.Settings
--- @field enabled? boolean Whether anything is completed at all.
--- @field languages? table<string, boolean> For which languages, by name; "*" is all others.
--- @field automatic? boolean Whether suggestions come by themselves.
--- @field suggestInComments? boolean ... in comments.
--- @field suggestInStrings? boolean ... in strings.
--- @field ignore? string[] Files in which they do not, in patterns like those of .gitignore.
--- @field maxTokens? integer Tokens of a suggestion at most.
--- @field extent? "line"|"block"|"automatic" How much a suggestion is to be.
--- @field openStatement? "finish"|"cut" What becomes of a statement that a line leaves open.
--- @field leastConfidence? number How likely what comes by itself must be, from 0 to 1.
--- @field candidates? integer Suggestions at most where they are asked for by hand.
--- @field lookAhead? boolean Whether what follows a suggestion is prepared while it is read.
--- @field context? { enabled?: boolean, tokens?: integer } Of what other files define.

--- @class nextline.Keymaps
--- @field accept? string|false
--- @field accept_word? string|false
--- @field accept_line? string|false
--- @field next? string|false
--- @field previous? string|false
--- @field dismiss? string|false
--- @field suggest? string|false

--- @class nextline.Options
--- @field command? string[]
--- @field arguments? string[]
--- @field model? string
--- @field filetypes? string[]
--- @field settings? nextline.Settings
--- @field keymaps? nextline.Keymaps|false
--- @field debounce? integer
--- @field cursor_debounce? integer
--- @field hide_when? fun(buffer: integer): boolean

--- @class nextline.Option
--- @field name string
--- @field type string What its value must be, in words.
--- @field is_valid fun(value: any): boolean
--- @field default any
--- @field about string What it is, for the help.

--- @param element_type type
local function list_of(element_type)
  return function(value)
    return vim.islist(value)
      and vim.iter(value):all(function(element)
        return type(element) == element_type
      end)
  end
end

--- @param wanted type
local function of_type(wanted)
  return function(value)
    return type(value) == wanted
  end
end

local function is_delay(value)
  return type(value) == "number" and value >= 0 and value == math.floor(value)
end

--- @type nextline.Option[]
M.options = {
  {
    name = "command",
    type = "a list of strings",
    is_valid = function(value)
      return list_of("string")(value) and #value > 0
    end,
    default = { "nextline" },
    about = "The program, and arguments in front of all others, for example of a wrapper.",
  },
  {
    name = "arguments",
    type = "a list of strings",
    is_valid = list_of("string"),
    default = {},
    about = "Further arguments of `nextline serve --stdio`, which `nextline serve --help` lists.",
  },
  {
    name = "model",
    type = "a string",
    is_valid = of_type("string"),
    default = nil,
    about = "The model: a name that `:Nextline model` lists, or the path of a GGUF file. Without, the "
      .. "program's own choice.",
  },
  {
    name = "filetypes",
    type = "a list of strings",
    is_valid = list_of("string"),
    default = nil,
    about = "The filetypes of files that the server is told of. Without, all.",
  },
  {
    name = "settings",
    type = "a table",
    is_valid = of_type("table"),
    default = {},
    about = "What the server is told; see |nextline-settings|. It holds from the start, and commands "
      .. "like `:Nextline disable` change it until Neovim ends.",
  },
  {
    name = "keymaps",
    type = "a table, or false",
    is_valid = function(value)
      return value == false or type(value) == "table"
    end,
    default = {
      accept = "<Tab>",
      accept_word = "<M-Right>",
      accept_line = "<M-Down>",
      next = "<M-]>",
      previous = "<M-[>",
      dismiss = "<C-]>",
      suggest = "<M-\\>",
    },
    about = "Keys in Insert mode, in buffers that the server knows; see |nextline-keys|. One that is "
      .. "false is not mapped; `keymaps = false` maps none.",
  },
  {
    name = "debounce",
    type = "a whole number of milliseconds",
    is_valid = is_delay,
    default = 20,
    about = "So many milliseconds must pass behind a key before a suggestion is asked for. The server "
      .. "gives up what is superseded at once, so this only spares it the keys of a burst.",
  },
  {
    name = "cursor_debounce",
    type = "a whole number of milliseconds",
    is_valid = is_delay,
    default = 100,
    about = "So long the cursor must rest before the server is told where it is, so that it can prepare "
      .. "for that place.",
  },
  {
    name = "hide_when",
    type = "a function",
    is_valid = of_type("function"),
    default = nil,
    about = "A function of a buffer's number that says when nothing shall be shown there, for example "
      .. "while a plugin's completion menu is open. Neovim's own menu needs none.",
  },
}

--- The names of the keys' actions, in the order in which they are told of.
M.actions = { "accept", "accept_word", "accept_line", "next", "previous", "dismiss", "suggest" }

--- @return nextline.Options
local function defaults()
  local config = {}
  for _, option in ipairs(M.options) do
    config[option.name] = vim.deepcopy(option.default)
  end
  return config
end

--- @param name string
--- @return nextline.Option?
local function find(name)
  return vim.iter(M.options):find(function(option)
    return option.name == name
  end)
end

--- What is wrong with keymaps; nil if nothing is.
--- @param keymaps nextline.Keymaps|false
--- @return string?
local function problem_of_keymaps(keymaps)
  for action, key in pairs(keymaps or {}) do
    if not vim.list_contains(M.actions, action) then
      return ("There is no action '%s' in keymaps; there are %s."):format(
        action,
        table.concat(M.actions, ", ")
      )
    elseif type(key) ~= "string" and key ~= false then
      return ("keymaps.%s must be a string, or false."):format(action)
    end
  end
end

--- What holds; the defaults until `set` is called.
--- @type nextline.Options
M.current = defaults()

--- Takes what a user has set. What is wrong keeps its default, and is told of.
--- @param options table
--- @return string[] problems A sentence for each.
function M.set(options)
  local problems = {}
  local config = defaults()
  for name, value in pairs(options) do
    local option = find(name)
    if not option then
      table.insert(problems, ("There is no option '%s'."):format(name))
    elseif not option.is_valid(value) then
      table.insert(problems, ("The option %s must be %s."):format(name, option.type))
    elseif name == "keymaps" and problem_of_keymaps(value) then
      table.insert(problems, problem_of_keymaps(value))
    elseif name == "keymaps" and value then
      config.keymaps = vim.tbl_extend("force", config.keymaps, value)
    else
      config[name] = vim.deepcopy(value)
    end
  end
  table.sort(problems)
  M.current = config
  return problems
end

return M
