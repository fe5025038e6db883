-- One hit on all its policies, or on none of them.
-- KEYS: one for each policy. ARGV: for each its cost and its capacity, in microseconds; then the time,
-- where it is not this server's. A cost of 0 only looks; a negative one gives back.
-- Returns for each policy the microseconds that earlier hits still took up.
local now = tonumber(ARGV[2 * #KEYS + 1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

local levels = {}
local fits = true
local beyond = false
for i = 1, #KEYS do
  local capacity = tonumber(ARGV[2 * i])
  local level = (tonumber(redis.call('GET', KEYS[i]) or 0)) - now
  if level < 0 then
    level = 0
  elseif level > capacity then
    -- The clock was put back, or the rate lowered: nobody is to wait for that.
    level = capacity
    beyond = true
  end
  if level + ARGV[2 * i - 1] > capacity then
    fits = false
  end
  levels[i] = level
end

if fits or beyond then
  for i = 1, #KEYS do
    local cost = fits and tonumber(ARGV[2 * i - 1]) or 0
    if cost ~= 0 or beyond then
      local level = levels[i] + cost
      if level > 0 then
        -- %.0f, as Lua writes large numbers with an exponent and then loses digits.
        redis.call('SET', KEYS[i], string.format('%.0f', now + level),
          'PX', string.format('%.0f', math.ceil(level / 1000)))
      else
        redis.call('DEL', KEYS[i])
      end
    end
  end
end
return levels
