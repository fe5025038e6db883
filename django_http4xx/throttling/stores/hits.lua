-- One hit on all its policies, or on none of them.
-- KEYS: one for each policy. ARGV: for each its cost, its capacity, its window and the moment to give back;
-- then the time, where it is not this server's. Times are in microseconds; a window of 0 is a bucket. A
-- cost of 0 only looks; a negative one gives back. What is kept of a window, and why: window.py.
-- Returns the time, and for each policy what earlier hits take up, when this one would fit, and when the
-- oldest leaves.
local RECORD = '>I7I4'
local SIZE = 11
local STEPS = 128

local now = tonumber(ARGV[4 * #KEYS + 1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

local function record(state, at)
  return struct.unpack(RECORD, state, at)
end

local function packed(moment, number)
  return struct.pack(RECORD, moment, number)
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

local function brought_back(state)
  local first, total = record(state, 1)
  local parts = {packed(math.min(first, now), total)}
  for at = 1 + SIZE, #state, SIZE do
    local moment, number = record(state, at)
    parts[#parts + 1] = packed(math.min(moment, now), number)
  end
  return table.concat(parts)
end

local function given_back(state, start, surplus, moment)
  local first = record(state, 1)
  local parts, total, found = {}, 0, false
  for at = start, #state, SIZE do
    local last, number = record(state, at)
    if moment == 0 or last == moment or (last > moment and not found) then
      local returned = math.min(number, surplus)
      number = number - returned
      surplus = surplus - returned
      found = true
    end
    if number > 0 then
      total = total + number
      parts[#parts + 1] = packed(last, number)
    end
  end
  return total > 0 and packed(first, total) .. table.concat(parts) or ''
end

local function window(key, cost, limit, period, moment)
  local state = redis.call('GET', key) or ''
  local first, total, start, size, beyond = now, 0, 1 + SIZE, #state, false
  local leaves, wait, horizon = period, 0, now - period
  if size > 0 then
    if record(state, size - SIZE + 1) > now then
      state = brought_back(state)
      beyond = true
    end
    first, total = record(state, 1)
    while start < size do
      local last, number = record(state, start)
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
    for at = start, size, SIZE do
      local last, number = record(state, at)
      over = over - number
      if over <= 0 then
        wait = last - horizon
        break
      end
    end
  end
  return {total, wait, leaves}, beyond, function(is_taken)
    if is_taken and cost < 0 then
      if not (moment > 0 and moment <= horizon) then
        state = given_back(state, start, -cost, moment)
      end
    elseif is_taken then
      if limit > STEPS and start < size and now - first < math.ceil(period / STEPS) then
        local _, number = record(state, size - SIZE + 1)
        state = packed(first, total + cost) .. string.sub(state, start, -SIZE - 1) .. packed(now, number + cost)
      else
        state = packed(now, total + cost) .. string.sub(state, start) .. packed(now, cost)
      end
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
