-- Grants what fits within every limit, or says what is short; nothing is changed by a refusal. The rules are those of memory-ledger.ts.
-- KEYS: windows, leases, held, sums.
-- ARGV: call, lease in ms, day, month, requests, input, output, cost; then the limits, -1 for none:
--       requests, input, output a minute, concurrent, requests a day, cost a day, cost a month.
-- Returns {1, slot, left of requests, input, output, reset in ms, spent of day, of month}, {0, which is short, wait in ms}, or {2}: the sums are not here.
local windows, leases, held, sums = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, lease_ms, day, month = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local need = { tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]) }
local cost = tonumber(ARGV[8])
local limit = {}
for index = 1, 7 do limit[index] = tonumber(ARGV[8 + index]) end
local function whole(number) return string.format('%.0f', number) end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local slot = math.floor(now / 1000)
local kinds = { 'r', 'i', 'o' }

local has_day, has_budget = limit[5] >= 0, limit[6] >= 0 or limit[7] >= 0
local today, spent_day, spent_month = 0, 0, 0
if has_day or has_budget then
  local known = redis.call('HMGET', sums, 'n:' .. day, 'd:' .. day, 'm:' .. month)
  if not (known[1] and known[2] and known[3]) then return { 2 } end
  today, spent_day, spent_month = tonumber(known[1]), tonumber(known[2]), tonumber(known[3])
end

-- Calls of a process that was killed end with their lease.
local has_leases = limit[4] >= 0 or has_budget
local running, held_cost = 0, 0
if has_leases then
  local ended = redis.call('ZRANGEBYSCORE', leases, '-inf', now)
  if #ended > 0 then
    redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
    redis.call('HDEL', held, unpack(ended, 1, math.min(#ended, 4000)))
  end
  running = redis.call('ZCARD', leases)
end
local is_held = false
if has_budget then
  for _, value in ipairs(redis.call('HVALS', held)) do held_cost = held_cost + tonumber(value) end
  for index, spent in ipairs({ spent_day, spent_month }) do
    local cap = limit[5 + index]
    if cap >= 0 then
      if spent >= cap or spent + cost > cap then return { 0, 5 + index, 0 } end
      if spent + held_cost + cost > cap then is_held = true end
    end
  end
end
if has_day and today >= limit[5] then return { 0, 5, 0 } end

local used, cells = { 0, 0, 0 }, {}
local has_window = limit[1] >= 0 or limit[2] >= 0 or limit[3] >= 0
if has_window then
  local all, old = redis.call('HGETALL', windows), {}
  for index = 1, #all, 2 do
    local field, value = all[index], tonumber(all[index + 1])
    local at = tonumber(string.sub(field, 3))
    if at < slot - 60 then
      old[#old + 1] = field
    else
      cells[field] = value
      for kind = 1, 3 do
        if string.sub(field, 1, 1) == kinds[kind] then used[kind] = used[kind] + value end
      end
    end
  end
  if #old > 0 then redis.call('HDEL', windows, unpack(old)) end
  local short, wait = 0, 0
  for kind = 1, 3 do
    local excess = limit[kind] >= 0 and used[kind] + need[kind] - limit[kind] or 0
    if excess > 0 then
      local freed, at = 0, slot - 60
      while at <= slot do
        freed = freed + (cells[kinds[kind] .. ':' .. at] or 0)
        if freed >= excess then break end
        at = at + 1
      end
      local wait_here = (at + 61) * 1000 - now
      if wait_here > wait then short, wait = kind, wait_here end
    end
  end
  if short > 0 then return { 0, short, wait } end
end
if limit[4] >= 0 and running >= limit[4] then return { 0, 4, 0 } end
if is_held then return { 0, 8, 0 } end

local left = { -1, -1, -1 }
if has_window then
  for kind = 1, 3 do
    if limit[kind] >= 0 then
      redis.call('HINCRBY', windows, kinds[kind] .. ':' .. slot, whole(need[kind]))
      left[kind] = math.max(0, limit[kind] - used[kind] - need[kind])
    end
  end
  redis.call('PEXPIRE', windows, 62000)
end
if has_leases then
  redis.call('ZADD', leases, now + lease_ms, call)
  redis.call('PEXPIRE', leases, lease_ms)
  if has_budget then
    redis.call('HSET', held, call, whole(cost))
    redis.call('PEXPIRE', held, lease_ms)
  end
end
if has_day or has_budget then redis.call('HINCRBY', sums, 'n:' .. day, 1) end
return { 1, slot, left[1], left[2], left[3], (slot + 61) * 1000 - now, whole(spent_day), whole(spent_month) }
