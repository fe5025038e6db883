-- One hit on all its policies, or on none of them.
-- KEYS: one for each policy. ARGV: for each its cost, its capacity, its window and the moment to give back;
-- then the time, where it is not this server's. Times are in microseconds; a window of 0 is a bucket. A
-- cost of 0 only looks; a negative one gives back. What is kept of a window, and why: window.py.
-- Returns the time, and for each policy what earlier hits take up, when this one would fit, and when the
-- oldest leaves.
local STEPS = 128
local HEAD, HEAD_SIZE = '>I7I4', 11

local now = tonumber(ARGV[4 * #KEYS + 1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- What to keep, and for how many microseconds.
local function set(key, value, length)
  -- %.0f, as Lua writes large numbers with an exponent and then loses digits.
  redis.call('SET', key, value, 'PX', string.format('%.0f', math.ceil(length / 1000)))
end

local function bucket(key, cost, capacity)
  local used = tonumber(redis.call('GET', key) or 0) - now
  local beyond = false
  if used < 0 then
    used = 0
  elseif used > capacity then
    -- The clock was put back, or the rate lowered: nobody is to wait for that.
    used = capacity
    beyond = true
  end
  return {used, 0, 0}, beyond, function(is_taken)
    local level = used + (is_taken and cost or 0)
    if level > 0 then
      set(key, string.format('%.0f', now + level), level)
    else
      redis.call('DEL', key)
    end
  end
end

local function window(key, cost, limit, period, moment)
  local state = redis.call('GET', key) or ''
  local first, total, start, finish = now, 0, 1 + HEAD_SIZE, #state
  local leaves, wait, horizon, beyond = period, 0, now - period, false
  local STEP, SIZE, AHEAD, RANGE = '>I5I4', 9, 2 ^ 36, 2 ^ 40
  if period >= RANGE - 1 - AHEAD then
    STEP, SIZE, AHEAD, RANGE = '>I7I4', 11, 2 ^ 52, 2 ^ 56
  end

  local function step(at)
    local last, number = struct.unpack(STEP, state, at)
    local latest = first + AHEAD
    return latest - (latest - last) % RANGE, number
  end

  local function packed(last, number)
    return struct.pack(STEP, last % RANGE, number)
  end

  local function joined(newest_began, number, steps)
    return struct.pack(HEAD, newest_began, number) .. steps
  end

  local function brought_back()
    local parts = {}
    for at = start, finish, SIZE do
      local last, number = step(at)
      parts[#parts + 1] = packed(math.min(last, now), number)
    end
    first = math.min(first, now)
    return joined(first, total, table.concat(parts))
  end

  local function added()
    local interval = math.ceil(period / STEPS)
    if limit > STEPS and start < finish and now - first < interval then
      local _, number = step(finish - SIZE + 1)
      return joined(first, total + cost, string.sub(state, start, -SIZE - 1) .. packed(now, number + cost))
    end
    local kept = string.sub(state, start)
    if #kept > STEPS * SIZE then
      local _, oldest = step(start)
      local last, number = step(start + SIZE)
      kept = packed(last, oldest + number) .. string.sub(kept, 2 * SIZE + 1)
    end
    return joined(now, total + cost, kept .. packed(now, cost))
  end

  local function given_back()
    local surplus, parts, kept, found = -cost, {}, 0, false
    local last, newest
    for at = start, finish, SIZE do
      local number
      last, number = step(at)
      if moment == 0 or last == moment or (last > moment and not found) then
        local returned = math.min(number, surplus)
        number = number - returned
        surplus = surplus - returned
        found = true
      end
      if number > 0 then
        kept = kept + number
        newest = last
        parts[#parts + 1] = packed(last, number)
      end
    end
    if kept == 0 then
      return ''
    end
    if newest ~= last then
      first = newest - math.ceil(period / STEPS)
    end
    return joined(first, kept, table.concat(parts))
  end

  if finish > 0 then
    first, total = struct.unpack(HEAD, state)
    if step(finish - SIZE + 1) > now then
      state = brought_back()
      beyond = true
    end
    while start < finish do
      local last, number = step(start)
      if last > horizon then
        leaves = last - horizon
        break
      end
      total = total - number
      start = start + SIZE
    end
  end
  local over = total + (cost == 0 and 1 or cost) - limit
  if over > 0 then
    wait = period
    for at = start, finish, SIZE do
      local last, number = step(at)
      over = over - number
      if over <= 0 then
        wait = last - horizon
        break
      end
    end
  end
  return {total, wait, leaves}, beyond, function(is_taken)
    if is_taken and cost > 0 then
      state = added()
    elseif is_taken and not (moment > 0 and moment <= horizon) then
      state = given_back()
    end
    if state == '' then
      redis.call('DEL', key)
    else
      set(key, state, period)
    end
  end
end

local found = {now}
local fits = true
local keeps = {}
for i = 1, #KEYS do
  local at = 4 * i - 3
  local cost, capacity = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local period, moment = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local level, beyond, keep
  if period > 0 then
    level, beyond, keep = window(KEYS[i], cost, capacity, period, moment)
  else
    level, beyond, keep = bucket(KEYS[i], cost, capacity)
  end
  if level[1] + cost > capacity then
    fits = false
  end
  keeps[i] = {cost, beyond, keep}
  for j = 1, 3 do
    found[#found + 1] = level[j]
  end
end

for _, each in ipairs(keeps) do
  local cost, beyond, keep = each[1], each[2], each[3]
  if (fits and cost ~= 0) or beyond then
    keep(fits and cost ~= 0)
  end
end
return found
