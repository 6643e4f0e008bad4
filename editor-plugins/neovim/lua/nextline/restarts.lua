--- How often a server that fails is started again: three times in three minutes, after a while that
--- doubles. One that fails more often will not get better by itself.

local M = {}

local MOST = 3
local PERIOD_MS = 3 * 60 * 1000
local FIRST_DELAY_MS = 250

--- When it has failed, in milliseconds.
--- @type number[]
local failures = {}

--- Notes a failure.
--- @return integer? delay Milliseconds after which it is to be started again; nil if it is not.
function M.delay_after_failure()
  local now = vim.uv.now()
  failures = vim.tbl_filter(function(failure)
    return now - failure < PERIOD_MS
  end, failures)
  table.insert(failures, now)
  if #failures > MOST then
    return nil
  end
  return FIRST_DELAY_MS * 2 ^ (#failures - 1)
end

--- Gives all chances back.
function M.forget()
  failures = {}
end

return M
