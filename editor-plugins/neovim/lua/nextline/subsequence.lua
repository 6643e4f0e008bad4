--- Texts of which one is in the other, with something in between.
---
--- A suggestion often takes the place of what stands behind the cursor and has it in itself: with `)`
--- there, `a, b)` is suggested, and only `a, b` is new.

local M = {}

--- The new pieces of a text that has another one in it: each is said with how much of the other one
--- stands before it. Nil if the other one is not in it. What can be matched in several ways is matched
--- as far back as possible, where what is typed last stands.
--- @param part string
--- @param whole string
--- @return { before: integer, text: string }[]?
function M.pieces(part, whole)
  local pieces = {}
  local last = #whole
  for matched = #part, 1, -1 do
    local byte = part:byte(matched)
    local at = last
    while at > 0 and whole:byte(at) ~= byte do
      at = at - 1
    end
    if at == 0 then
      return nil
    end
    if at < last then
      table.insert(pieces, 1, { before = matched, text = whole:sub(at + 1, last) })
    end
    last = at - 1
  end
  if last > 0 then
    table.insert(pieces, 1, { before = 0, text = whole:sub(1, last) })
  end
  return pieces
end

--- Whether all of `part` is in `whole`, in its order.
--- @param part string
--- @param whole string
--- @return boolean
function M.is_in(part, whole)
  return M.pieces(part, whole) ~= nil
end

return M
