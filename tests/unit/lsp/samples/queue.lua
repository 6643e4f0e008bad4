-- A queue of jobs with priorities.
local heap = require("heap")

local Queue = {}
Queue.__index = Queue

local MOST_JOBS = 1024

--[[ A job that comes earlier
     is done earlier. ]]
local function before(a, b)
  if a.priority == b.priority then
    return a.number < b.number
  end
  return a.priority > b.priority
end

function Queue.new(options)
  local self = setmetatable({ count = 0, jobs = heap.new(before) }, Queue)
  self.name = options and options.name or 'queue'
  return self
end

function Queue:push(job, priority)
  assert(self.count < MOST_JOBS, "the queue is full: " .. self.name)
  self.count = self.count + 1
  self.jobs:push({ job = job, priority = priority or 0, number = self.count })
end

function Queue:run(limit)
  local done = 0
  while not self.jobs:is_empty() and done < limit do
    local entry = self.jobs:pop()
    local ok, reason = pcall(entry.job)
    if not ok then
      print(string.format([[job %d failed: "%s"]], entry.number, reason))
    end
    done = done + 1
  end
  return done
end

function Queue:each(visit)
  for i, entry in ipairs(self.jobs.items) do
    visit(i, entry)
  end
  for i = 1, 3 do
    repeat
      local again = visit(i)
    until not again
  end
end

return Queue
