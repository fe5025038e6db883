-- One hit on all its policies, or on none of them.
-- KEYS: one for each policy. ARGV[1]: for each its cost, its capacity, its window and the moment to give
-- back, packed in eight bytes each, as strings of digits take long to read; ARGV[2]: the time, where it is not
-- this server's. Times are in microseconds; a window of 0 is a bucket. A cost of 0 only looks; a negative one
-- gives back. What is kept of a window, and why: window.py.
-- Returns, packed alike, the time, and for each policy what earlier hits take up, when this one would fit,
-- and when the oldest leaves.
local call, read, pack, sub, ceil, format = redis.call, struct.unpack, struct.pack, string.sub, math.ceil, string.format
local STEPS = 128
local HEAD, FIRST_STEP = '>I7I4', 12

local now = tonumber(ARGV[2])
if not now then
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
end

-- The steps of a window from a place on, none of them later than now, and without what is given back. All
-- else stands in line, since each function here would be made anew for each hit.
local function rewritten(state, start, first, period, step, size, ahead, range, surplus, moment)
  local parts, total, found, latest, last, newest = {''}, 0, false, first + ahead
  for at = start, #state, size do
    local number
    last, number = read(step, state, at)
    last = math.min(latest - (latest - last) % range, now)
    if surplus > 0 and (moment == 0 or last == moment or (last > moment and not found)) then
      local returned = math.min(number, surplus)
      number = number - returned
      surplus = surplus - returned
      found = true
    end
    if number > 0 then
      parts[#parts + 1] = pack(step, last % range, number)
      total = total + number
      newest = last
    end
  end
  if total == 0 then
    return ''
  end
  first = newest == last and math.min(first, now) or newest - ceil(period / STEPS)
  parts[1] = pack(HEAD, first, total)
  return table.concat(parts)
end

local found, fits, beyond = pack('>I8', now), true, false
local kept, policies = call('MGET', unpack(KEYS)), {}
for i = 1, #KEYS do
  local cost, capacity, period, moment = read('>i8i8i8i8', ARGV[1], 32 * i - 31)
  local state = kept[i]
  local total, wait, leaves, start, first, brought = 0, 0, 0, 1, now, false
  -- How the steps of a window are kept: each, its size, how far it may be ahead of the head, what its time
  -- is the remainder of.
  local step, size, ahead, range = '>I5I4', 9, 2 ^ 36, 2 ^ 40
  if period >= 2 ^ 40 - 1 - 2 ^ 36 then
    step, size, ahead, range = '>I7I4', 11, 2 ^ 52, 2 ^ 56
  end
  if period == 0 then
    total = (tonumber(state) or 0) - now
    if total < 0 then
      total = 0
    elseif total > capacity then
      -- The clock was put back, or the rate lowered: nobody is to wait for that.
      total = capacity
      brought, beyond = true, true
    end
  elseif not state then
    state, leaves = '', period
    wait = cost > capacity and period or 0
  else
    start = FIRST_STEP
    first, total = read(HEAD, state)
    local latest, horizon = first + ahead, now - period
    if latest - (latest - read(step, state, #state - size + 1)) % range > now then
      state = rewritten(state, start, first, period, step, size, ahead, range, 0, 0)
      first = math.min(first, now)
      latest = first + ahead
      brought, beyond = true, true
    end
    leaves = period
    while start < #state do
      local last, number = read(step, state, start)
      last = latest - (latest - last) % range
      if last > horizon then
        leaves = last - horizon
        break
      end
      total = total - number
      start = start + size
    end
    local over = total + (cost > 0 and cost or cost + 1) - capacity
    if over > 0 then
      wait = period
      for from = start, #state, size do
        local last, number = read(step, state, from)
        over = over - number
        if over <= 0 then
          wait = latest - (latest - last) % range - horizon
          break
        end
      end
    end
  end
  if cost > 0 and total + cost > capacity then
    fits = false
  end
  policies[i] = {cost, capacity, period, moment, state, total, start, first, brought, step, size, ahead, range}
  found = found .. pack('>I8I8I8', total, wait, leaves)
end

if not (fits or beyond) then
  return found
end
for i = 1, #KEYS do
  local cost, capacity, period, moment, state, total, start, first, brought, step, size, ahead, range = unpack(policies[i])
  if fits and cost ~= 0 or brought then
    if not fits then
      cost = 0
    end
    local length = period
    if period == 0 then
      length = total + cost
      -- %.0f, as Lua writes large numbers with an exponent and then loses digits.
      state = length > 0 and format('%.0f', now + length) or ''
    elseif cost > 0 then
      if capacity > STEPS and start <= #state and now - first < ceil(period / STEPS) then
        local _, number = read(step, state, #state - size + 1)
        state = pack(HEAD, first, total + cost) .. sub(state, start, -size - 1)
          .. pack(step, now % range, number + cost)
      else
        local before = sub(state, start)
        if #before > STEPS * size then
          local _, oldest = read(step, before)
          local last, number = read(step, before, 1 + size)
          before = pack(step, last, oldest + number) .. sub(before, 2 * size + 1)
        end
        state = pack(HEAD, now, total + cost) .. before .. pack(step, now % range, cost)
      end
    elseif cost < 0 and (moment == 0 or moment > now - period) then
      state = rewritten(state, start, first, period, step, size, ahead, range, -cost, moment)
    end
    if state == '' then
      call('DEL', KEYS[i])
    else
      call('SET', KEYS[i], state, 'PX', format('%.0f', ceil(length / 1000)))
    end
  end
end
return found
