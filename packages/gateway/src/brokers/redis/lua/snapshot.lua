-- Keeps a reducer's state. KEYS: the root, then the channel's seven. ARGV: nowMs, fresh, five of the channel, reducer (empty:
-- the main one), epoch, offset, version, state. One of another epoch, of the future, or older than the kept one is not kept.
local channel = channelAt(2, unpack(ARGV, 3, 7))
local reducer, epoch, offset = ARGV[8], ARGV[9], tonumber(ARGV[10])
if not channel.exists or epoch ~= channel.epoch or offset > channel.top then return 0 end
local kept = call('HGET', channel.snapshots, reducer)
if kept and tonumber(string.match(kept, '^%S+ (%d+) ')) > offset then return 0 end
call('HSET', channel.snapshots, reducer, epoch .. ' ' .. ARGV[10] .. ' ' .. ARGV[11] .. '\n' .. ARGV[12])
if reducer == '' then
  channel.snapshot = offset
  save(channel)
end
return 1
