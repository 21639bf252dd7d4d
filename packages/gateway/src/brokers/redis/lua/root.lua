-- What every script on a tenant begins with. KEYS[1]: the tenant's root, a sorted set of the names of its channels whose
-- first member is `!EPOCH SERVER`; no name begins with `!`. ARGV: nowMs, fresh (an epoch nobody has seen).
--
-- SERVER is the replication id of the server that took the last write. It changes when another server takes over, when the
-- server starts again and when a dump is put back: whenever what was acknowledged may be missing. Then a new epoch begins, and
-- every channel follows when it is next looked at. A root that is gone takes its epoch with it.
local call = redis.call
local nowText, fresh = ARGV[1], ARGV[2]
local nowMs = tonumber(nowText)

local root
do
  local server = string.match(call('INFO', 'replication'), 'master_replid:(%x+)')
  -- Without it a loss could not be told from a restart.
  if not server then return redis.error_reply('NOREPLID this server does not say its replication id') end
  local mark = call('ZRANGE', KEYS[1], 0, 0)[1]
  local known = mark and string.sub(mark, 1, 1) == '!'
  if known and string.sub(mark, 13) == server then
    root = string.sub(mark, 2, 11)
  else
    if known then call('ZREM', KEYS[1], mark) end
    root = fresh
    call('ZADD', KEYS[1], 0, '!' .. root .. ' ' .. server)
  end
end
