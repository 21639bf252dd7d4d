-- Rates that all nodes share (GCRA, as core/rates/gcra.ts). A key for each: `DEBT AT`, the microseconds until it would be full
-- again, as of AT on this server's clock. ARGV: perSecond, burst, count of each. Answers microseconds to wait for each, as
-- text; 0: taken; -1: more than the burst, so never.
--
-- The clock is the system's. Set back, it counts on from where it is then: nothing is given back, and nobody is locked out.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
-- Thirds of microseconds do not add up to the last digit.
local rounding = 0.001

local function keep(key, debt)
  redis.call('SET', key, string.format('%.17g %.0f', debt, now), 'PX', math.ceil(debt / 1000) + 1000)
end

local answers = {}
for i, key in ipairs(KEYS) do
  local perSecond, burst, count = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local unit = 1000000 / perSecond
  local debt = 0
  local kept = redis.call('GET', key)
  if kept then
    local owed, at = string.match(kept, '^(%S+) (%S+)$')
    local passed = now - tonumber(at)
    debt = math.max(0, tonumber(owed) - math.max(0, passed))
    if passed < 0 then keep(key, debt) end
  end
  local after = debt + math.max(0, count) * unit
  local wait = after - burst * unit
  if not (count <= burst) then
    answers[i] = '-1'
  elseif wait > rounding then
    answers[i] = string.format('%.3f', wait)
  else
    answers[i] = '0'
    keep(key, after)
  end
end
return answers
