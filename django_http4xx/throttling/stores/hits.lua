-- One hit on all its policies, or on none of them.
-- KEYS: one for each policy. ARGV[1]: for each its cost, its capacity, its window and the moment to give
-- back, packed in eight bytes each, as strings of digits take long to read; ARGV[2]: the time, where it is not
-- this server's. Times are in microseconds; a window of 0 is a bucket. A cost of 0 only looks; a negative one
-- gives back. What is kept of a window, and why: window.py.
-- Returns, packed alike, the time, and for each policy what earlier hits take up, when this one would fit,
-- and when the oldest leaves.
local call, unpack, pack, sub = redis.call, struct.unpack, struct.pack, string.sub
local ceil, min = math.ceil, math.min
local STEPS = 128
local HEAD, HEAD_SIZE = '>I7I4', 11
local ASKED = '>i8i8i8i8'

local now = tonumber(ARGV[2])
if not now then
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- What to keep, and for how many microseconds.
local function set(key, value, length)
  -- %.0f, as Lua writes large numbers with an exponent and then loses digits.
  call('SET', key, value, 'PX', string.format('%.0f', ceil(length / 1000)))
end

-- How the steps of a window are kept: each, its size, how far it may be ahead of the head, what its time
-- is the remainder of.
local function layout(period)
  if period >= 2 ^ 40 - 1 - 2 ^ 36 then
    return '>I7I4', 11, 2 ^ 52, 2 ^ 56
  end
  return '>I5I4', 9, 2 ^ 36, 2 ^ 40
end

-- The steps from a place on, as times and numbers.
local function steps(state, start, first, period)
  local step, size, ahead, range = layout(period)
  local latest = first + ahead
  local lasts, numbers = {}, {}
  for at = start, #state, size do
    local last, number = unpack(step, state, at)
    lasts[#lasts + 1] = latest - (latest - last) % range
    numbers[#lasts] = number
  end
  return lasts, numbers
end

local function joined(first, total, lasts, numbers, period)
  local step, _, _, range = layout(period)
  local parts = {pack(HEAD, first, total)}
  for i, last in ipairs(lasts) do
    parts[i + 1] = pack(step, last % range, numbers[i])
  end
  return table.concat(parts)
end

local function brought_back(state, first, total, period)
  local lasts, numbers = steps(state, 1 + HEAD_SIZE, first, period)
  for i, last in ipairs(lasts) do
    lasts[i] = min(last, now)
  end
  return joined(min(first, now), total, lasts, numbers, period)
end

local function given_back(state, start, first, surplus, period, moment)
  local lasts, numbers = steps(state, start, first, period)
  local kept, kept_numbers, total, found = {}, {}, 0, false
  for i, last in ipairs(lasts) do
    local number = numbers[i]
    if moment == 0 or last == moment or (last > moment and not found) then
      local returned = min(number, surplus)
      number = number - returned
      surplus = surplus - returned
      found = true
    end
    if number > 0 then
      kept[#kept + 1] = last
      kept_numbers[#kept] = number
      total = total + number
    end
  end
  if total == 0 then
    return ''
  end
  if kept[#kept] ~= lasts[#lasts] then
    first = kept[#kept] - ceil(period / STEPS)
  end
  return joined(first, total, kept, kept_numbers, period)
end

local function added(state, start, first, total, cost, limit, period)
  local step, size, ahead, range = layout(period)
  if limit > STEPS and start <= #state and now - first < ceil(period / STEPS) then
    local _, number = unpack(step, state, #state - size + 1)
    return pack(HEAD, first, total + cost) .. sub(state, start, -size - 1)
      .. pack(step, now % range, number + cost)
  end
  local kept = sub(state, start)
  if #kept > STEPS * size then
    local lasts, numbers = steps(sub(state, 1, start + 2 * size - 1), start, first, period)
    kept = pack(step, lasts[2] % range, numbers[1] + numbers[2]) .. sub(kept, 2 * size + 1)
  end
  return pack(HEAD, now, total + cost) .. kept .. pack(step, now % range, cost)
end

local found, fits, beyond = pack('>I8', now), true, false
local states, starts, firsts, totals, brought = {}, {}, {}, {}, {}
for i = 1, #KEYS do
  local cost, capacity, period = unpack(ASKED, ARGV[1], 32 * i - 31)
  local state = call('GET', KEYS[i])
  local total, wait, leaves = 0, 0, 0
  if period == 0 then
    total = (tonumber(state) or 0) - now
    if total < 0 then
      total = 0
    elseif total > capacity then
      -- The clock was put back, or the rate lowered: nobody is to wait for that.
      total = capacity
      brought[i], beyond = true, true
    end
  elseif not state then
    state, leaves = '', period
    wait = cost > capacity and period or 0
    starts[i], firsts[i] = 1, now
  else
    local step, size, ahead, range = layout(period)
    local start, horizon, first, over = 1 + HEAD_SIZE, now - period
    first, total = unpack(HEAD, state)
    local latest = first + ahead
    if latest - (latest - unpack(step, state, #state - size + 1)) % range > now then
      state = brought_back(state, first, total, period)
      first = min(first, now)
      latest = first + ahead
      brought[i], beyond = true, true
    end
    leaves = period
    while start < #state do
      local last, number = unpack(step, state, start)
      last = latest - (latest - last) % range
      if last > horizon then
        leaves = last - horizon
        break
      end
      total = total - number
      start = start + size
    end
    over = total + (cost > 0 and cost or cost + 1) - capacity
    if over > 0 then
      wait = period
      for from = start, #state, size do
        local last, number = unpack(step, state, from)
        over = over - number
        if over <= 0 then
          wait = latest - (latest - last) % range - horizon
          break
        end
      end
    end
    starts[i], firsts[i] = start, first
  end
  if cost > 0 and total + cost > capacity then
    fits = false
  end
  states[i], totals[i] = state, total
  found = found .. pack('>I8I8I8', total, wait, leaves)
end

if fits or beyond then
  for i = 1, #KEYS do
    local cost, capacity, period, moment = unpack(ASKED, ARGV[1], 32 * i - 31)
    if fits and cost ~= 0 or brought[i] then
      local state, total = states[i], totals[i]
      if not fits then
        cost = 0
      end
      if period == 0 then
        if total + cost > 0 then
          set(KEYS[i], string.format('%.0f', now + total + cost), total + cost)
        else
          call('DEL', KEYS[i])
        end
      else
        if cost > 0 then
          state = added(state, starts[i], firsts[i], total, cost, capacity, period)
        elseif cost < 0 and (moment == 0 or moment > now - period) then
          state = given_back(state, starts[i], firsts[i], -cost, period, moment)
        end
        if state == '' then
          call('DEL', KEYS[i])
        else
          set(KEYS[i], state, period)
        end
      end
    end
  end
end
return found
